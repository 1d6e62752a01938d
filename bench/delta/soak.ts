import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { kafkaClient } from '../../src/kafka/connect.ts';
import { checkTable } from '../../src/sinks/delta/check-table.ts';
import { loadSnapshot } from '../../src/sinks/delta/load-snapshot.ts';
import { DeltaTable } from '../../src/sinks/delta/table.ts';
import { localLake } from '../../src/sinks/lake/local.ts';
import { startBroker } from '../../test/integration/kafka/broker.ts';
import { brokenBounds, type SoakSample } from './soak-bounds.ts';

const HELP = `npm run soak:delta -- [--minutes 10] [--rows-per-second 5000] [--mode append|merge] [--keys 100000] [--json FILE]

A stream of records through an application into a local table: Apache Kafka, the application in a process of its own, the
default settings of the sink. A line each 30 s; JSON at the end. Exit code 1 when the table falls behind by more than
--lag-seconds (15), has more than --files (70) data files, the application's memory grows by more than --growth (1.3)
from the first half to the second, or a row is missing or twice at the end. With --mode merge, ids repeat after --keys.`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    'rows-per-second': { type: 'string', default: '5000' },
    mode: { type: 'string', default: 'append' },
    keys: { type: 'string', default: '100000' },
    'lag-seconds': { type: 'string', default: '15' },
    files: { type: 'string', default: '70' },
    growth: { type: 'string', default: '1.3' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const PARTITIONS = 4;
const TICK_MS = 50;
const SAMPLE_MS = 5_000;
const LINE_SAMPLES = 6;
const TOPIC = 'soak-events';
const rowsPerSecond = Number(values['rows-per-second']);
const durationMs = Number(values.minutes) * 60_000;
const merges = values.mode === 'merge';
const keys = Number(values.keys);

const folder = await mkdtemp(join(tmpdir(), 'soak-delta-'));
const path = join(folder, 'table');
const broker = await startBroker();
const client = kafkaClient({ brokers: broker.bootstrap });
await client.connect();
await client.admin.createTopics([{ name: TOPIC, partitions: PARTITIONS, replicationFactor: 1 }]);
const producer = client.producer();
await producer.init();

const script = join(import.meta.dirname, 'soak-app.js');
const args = [script, broker.bootstrap.join(','), TOPIC, path, join(folder, 'state'), values.mode];
const app = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
const end: { code: number | null } = { code: null };
const appEnd = new Promise<void>((resolve) => {
  app.once('exit', (code) => {
    end.code = code ?? -1;
    resolve();
  });
});

let produced = 0;
async function produceUpTo(count: number): Promise<void> {
  for (; produced < count; produced++) {
    const id = merges ? produced % keys : produced;
    const value = JSON.stringify({ id, kind: `k${id % 7}`, text: `text of ${produced} `.repeat(3), at: Date.now() });
    producer.send(TOPIC, id % PARTITIONS, Buffer.from(`key-${id}`), Buffer.from(value), Date.now(), []);
    if (!producer.ready) await producer.drained();
  }
}

const seen: { table: DeltaTable | null } = { table: null };
async function sample(startMs: number): Promise<SoakSample> {
  seen.table ??= await DeltaTable.open(path, { checkpointInterval: 0 }).catch(() => null);
  const { table } = seen;
  await table?.refresh();
  let taken = 0;
  for (const { version } of table?.txns.values() ?? []) taken += version + 1;
  const status = await readFile(`/proc/${app.pid}/status`, 'utf8').catch(() => '');
  const log = await readdir(join(path, '_delta_log')).catch(() => []);
  return {
    seconds: Math.round((performance.now() - startMs) / 1_000),
    produced,
    rows: table?.statistics().rows ?? 0,
    lag: produced - taken,
    files: table?.fileCount ?? 0,
    logFiles: log.length,
    version: table?.version ?? -1,
    rssMb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024),
  };
}

/** Counted outside of this process' memory. */
async function differentIds(): Promise<number> {
  const loaded = await loadSnapshot({ lake: localLake(path), path: '' });
  const files = Array.from(loaded?.snapshot.files.keys() ?? [], (file) => `'${join(path, file)}'`);
  const connection = await (await DuckDBInstance.create(':memory:', { memory_limit: '512MB' })).connect();
  const sql = `SELECT count(DISTINCT id)::INTEGER AS n FROM read_parquet([${files.join(', ')}])`;
  const [row] = (await connection.runAndReadAll(sql)).getRowObjectsJson();
  connection.closeSync();
  return Number(row?.['n'] ?? 0);
}

const samples: SoakSample[] = [];
const broken: string[] = [];
try {
  // The first record, before the clock starts: the group forms and the table is made.
  await produceUpTo(1);
  await producer.flush();
  while (end.code === null && (seen.table?.version ?? 0) < 1) await Promise.all([sample(0), setTimeout(500)]);
  const start = performance.now();
  let nextSample = start + SAMPLE_MS;
  while (end.code === null && performance.now() - start < durationMs) {
    await produceUpTo(Math.floor(((performance.now() - start) / 1_000) * rowsPerSecond));
    if (performance.now() >= nextSample) {
      nextSample += SAMPLE_MS;
      const now = await sample(start);
      samples.push(now);
      if (samples.length % LINE_SAMPLES === 0)
        console.log(
          Object.entries(now)
            .map((pair) => pair.join(' '))
            .join(', '),
        );
    }
    await setTimeout(TICK_MS);
  }
  await producer.flush();
  if (end.code !== null) broken.push(`the application ended with ${end.code}`);
  // What was produced last comes through, or the bound of the lag is broken here too.
  const patienceMs = Number(values['lag-seconds']) * 2_000;
  const stop = performance.now() + patienceMs;
  while (end.code === null && performance.now() < stop && (await sample(start)).lag > 0) await setTimeout(200);
  app.kill('SIGTERM');
  await appEnd;
  const last = await sample(start);
  const wanted = merges ? Math.min(produced, keys) : produced;
  if (last.rows !== wanted) broken.push(`rows at the end: ${last.rows}, not ${wanted}`);
  const ids = await differentIds();
  if (ids !== wanted) broken.push(`different rows at the end: ${ids}, not ${wanted}`);
  broken.push(...(await checkTable(path, { statistics: false })).faults);
  const [mostLagSeconds, mostFiles, mostGrowth] = [values['lag-seconds'], values.files, values.growth].map(Number);
  const bounds = { mostLagSeconds: mostLagSeconds ?? 0, mostFiles: mostFiles ?? 0, mostGrowth: mostGrowth ?? 0 };
  broken.push(...brokenBounds(samples, { rowsPerSecond, ...bounds }));
  const result = { rowsPerSecond, minutes: Number(values.minutes), mode: values.mode, produced, last, broken, samples };
  console.log(JSON.stringify({ ...result, samples: samples.length }));
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  if (end.code === null) app.kill('SIGKILL');
  await client.close();
  await broker.stop();
  await rm(folder, { recursive: true, force: true });
}
for (const line of broken) console.log(`BROKEN ${line}`);
process.exit(broken.length > 0 ? 1 : 0);
