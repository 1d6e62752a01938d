import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { kafkaClient } from '../../src/index.ts';
import { startBroker } from '../../test/integration/kafka/broker.ts';
import { nodeEngine } from '../side-by-side/engines.ts';
import { makeInputs } from '../side-by-side/inputs.ts';
import { type Figures, measureRound } from '../side-by-side/measure-round.ts';
import { reportCase, tableOf } from '../side-by-side/report.ts';
import { newRunId } from '../side-by-side/run.ts';

const OTHERS = ['kafkajs', 'platformatic'];
const HELP = `npm run bench:clients -- [--records 500000] [--rounds 3] [--json FILE] [--markdown FILE]

Bare passthrough, records of 100 bytes: this library's data plane, kafkajs and @platformatic/kafka in turn on one Apache
Kafka. Ratios are this library over the other, round by round; outputs are compared before a time counts.
`;
/** Why a client that one would look for is not in the table. */
const LEFT_OUT =
  '@confluentinc/kafka-javascript is left out: installing it downloads a binary or compiles librdkafka, in an install script.';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '500000' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const records = Number(values.records);
const rounds = Number(values.rounds);
const engine = nodeEngine('client', './passthrough.js', import.meta.url);
const broker = await startBroker();
const client = kafkaClient({ brokers: broker.bootstrap });
const measured = new Map<string, Figures[]>();
try {
  await client.connect();
  const runId = newRunId();
  const inputs = makeInputs(client, runId, Math.floor(Date.now() - records / 100));
  const context = { client, brokers: broker.bootstrap, inputs, runId, records };
  for (let round = 0; round < rounds; round++) {
    const digests: string[] = [];
    for (const name of ['topology-streams', ...OTHERS]) {
      const figures = await measureRound(
        engine,
        {
          name,
          says: 'bare passthrough',
          measure: 'throughput',
          topology: name,
          input: (count) => ({ kind: 'bytes', records: count, keys: 100_000, valueBytes: 100, seed: 7 }),
          outputs: 'records',
          guarantee: 'at_least_once',
        },
        context,
        round,
      );
      digests.push(JSON.stringify(figures.digest));
      measured.set(name, [...(measured.get(name) ?? []), figures]);
      console.log(`${name} ${round + 1}/${rounds}: ${Math.round(figures.speed).toLocaleString('en')} records/s`);
    }
    if (new Set(digests).size > 1) throw new Error(`the outputs differ: ${digests.join(' ')}`);
  }
  await client.admin.deleteTopics((await client.admin.listTopics()).filter((topic) => topic.startsWith(`${runId}-`)));
} finally {
  await client.close();
  await broker.stop();
}
const own = measured.get('topology-streams') ?? [];
const reports = OTHERS.map((other) => {
  const theirs = measured.get(other) ?? [];
  const pairs = own.flatMap((here, i) => (theirs[i] ? [{ here, there: theirs[i] }] : []));
  return reportCase('passthrough', other, pairs);
});
const text = `${tableOf(reports, [])}\n${LEFT_OUT}\n`;
console.log(`\n${text}`);
if (values.json) await writeFile(values.json, `${JSON.stringify(reports, null, 2)}\n`);
if (values.markdown) await writeFile(values.markdown, text);
process.exit(0);
