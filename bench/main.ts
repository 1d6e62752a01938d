import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { parseArgs, promisify } from 'node:util';
import { kafkaClient } from '../src/kafka/connect.ts';
import { startBroker } from '../test/integration/kafka/broker.ts';
import { type CaseResult, cases } from './cases.ts';

const run = promisify(execFile);
const PARTITIONS = 4;
const KEYS = 100_000;
const VALUE_BYTES = 100;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: Object.keys(cases).join(',') },
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log('npm run bench -- [--cases bare,stateless,count] [--records 1000000] [--rounds 3] [--json FILE]');
  console.log('Each case in turn, round by round, on one Apache Kafka; ratios are pair by pair against `bare`.');
  process.exit(0);
}
const records = Number(values.records);
const names = values.cases.split(',');

/** Keys from a seeded generator: the same input in each run. */
async function generate(brokers: readonly string[], topic: string): Promise<void> {
  const client = kafkaClient({ brokers });
  await client.connect();
  await client.admin.createTopics([{ name: topic, partitions: PARTITIONS, replicationFactor: 1 }]);
  const producer = client.producer();
  await producer.init();
  const value = Buffer.alloc(VALUE_BYTES, 'x');
  const start = Date.now() - records / 100;
  let state = 7;
  for (let i = 0; i < records; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    const key = state % KEYS;
    producer.send(topic, key % PARTITIONS, Buffer.from(`key-${key}`), value, Math.floor(start + i / 100), []);
    if (!producer.ready) await producer.drained();
  }
  await producer.flush();
  await client.close();
}

async function runCase(name: string, brokers: readonly string[], input: string, round: number): Promise<CaseResult> {
  const output = `bench-${name}-${round}`;
  const client = kafkaClient({ brokers });
  await client.connect();
  await client.admin.createTopics([{ name: output, partitions: PARTITIONS, replicationFactor: 1 }]);
  await client.close();
  const script = new URL('./run-case.js', import.meta.url).pathname;
  const { stdout } = await run(
    process.execPath,
    [...process.execArgv, script, name, brokers.join(','), input, output, String(records), String(PARTITIONS)],
    {
      timeout: 300_000,
    },
  );
  return JSON.parse(stdout) as CaseResult;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const broker = await startBroker();
try {
  console.log(
    `${records.toLocaleString('en')} records of ${VALUE_BYTES} bytes, ${KEYS.toLocaleString('en')} keys, ${PARTITIONS} partitions, ${values.rounds} rounds`,
  );
  await generate(broker.bootstrap, 'bench-input');
  const results = new Map<string, CaseResult[]>(names.map((name) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const name of names) results.get(name)?.push(await runCase(name, broker.bootstrap, 'bench-input', round));
  }
  const bare = results.get('bare');
  const rows = names.map((name) => {
    const all = results.get(name) ?? [];
    const ratios = all.map((result, i) => result.recordsPerSecond / (bare?.[i]?.recordsPerSecond ?? Number.NaN));
    return {
      case: name,
      'records/s': median(all.map((result) => result.recordsPerSecond)),
      'of bare': Number.isNaN(median(ratios)) ? '' : median(ratios).toFixed(2),
      'min-max': `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`,
      'CPU s/million': Number(median(all.map((result) => result.cpuSecondsPerMillion)).toFixed(2)),
      'peak RSS MB': median(all.map((result) => result.peakRssMb)),
      's to first record': Number(median(all.map((result) => result.secondsToRunning)).toFixed(2)),
    };
  });
  console.table(rows);
  if (values.json) await writeFile(values.json, JSON.stringify([...results.values()].flat(), null, 2));
} finally {
  await broker.stop();
}
process.exit(0);
