import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { kafkaClient } from '../../src/index.ts';
import { startBroker } from '../../test/integration/kafka/broker.ts';
import { type SideBySideCase, sideBySideCases } from './cases.ts';
import { type Engine, kafkaStreamsEngine, nodeEngine } from './engines.ts';
import { makeInputs } from './inputs.ts';
import { type BenchContext, measureRound } from './measure-round.ts';
import { type CaseReport, type Pair, reportCase, tableOf } from './report.ts';
import { newRunId } from './run.ts';

const HELP = `npm run bench:kafka-streams -- [options]

Each case on this library and on Kafka Streams in turn, on one Apache Kafka (that of KAFKA_BOOTSTRAP_SERVERS, or one that
is started here). Outputs are compared before a time counts. Ratios are this library over Kafka Streams, pair by pair.

  --cases a,b      which (default all; see --list)
  --records N      records of a case of full size (default 1,000,000; the larger cases take a part of it)
  --rounds N       pairs for each case (default 3)
  --json FILE      an array of {case, ratioSpeed, ratioCpu, ratioRss, ratioToRunning}, each {min, median, max}, and all figures
  --markdown FILE  the table, for docs/performance.md
  --list           names the cases
`;

const { values } = parseArgs({
  options: {
    cases: { type: 'string' },
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || values.list) {
  console.log(values.help ? HELP : sideBySideCases.map(({ name, says }) => `${name.padEnd(24)} ${says}`).join('\n'));
  process.exit(0);
}
const records = wholeNumber('--records', values.records);
const rounds = wholeNumber('--rounds', values.rounds);
const cases = chosen(values.cases);
const here = nodeEngine('topology-streams', './engine.js', import.meta.url);
const byHand = nodeEngine('by hand', './by-hand.js', import.meta.url);
const kafkaStreams = cases.some(({ measure }) => measure !== 'mapAsync') ? kafkaStreamsEngine() : byHand;

const broker = await startBroker();
const client = kafkaClient({ brokers: broker.bootstrap });
const reports: CaseReport[] = [];
let failed = false;
try {
  await client.connect();
  const runId = newRunId();
  // Whole seconds, so that windows fall the same way in each run; recent, so that no retention deletes anything.
  const startMs = Math.floor((Date.now() - records / 100) / 60_000) * 60_000;
  const inputs = makeInputs(client, runId, startMs);
  const context: BenchContext = { client, brokers: broker.bootstrap, inputs, runId, records };
  for (const benchCase of cases) {
    const other = benchCase.measure === 'mapAsync' ? byHand : kafkaStreams;
    try {
      const pairs = await measurePairs(benchCase, other, context);
      reports.push(reportCase(benchCase.name, other.name, pairs));
    } catch (error) {
      failed = true;
      console.error(`${benchCase.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const own = (await client.admin.listTopics()).filter((topic) => topic.startsWith(`${runId}-`));
  await client.admin.deleteTopics(own);
} finally {
  await client.close();
  await broker.stop();
}
const table = tableOf(reports, cases);
console.log(`\n${table}`);
if (values.json) await writeFile(values.json, `${JSON.stringify(reports, null, 2)}\n`);
if (values.markdown) await writeFile(values.markdown, table);
process.exit(failed ? 1 : 0);

async function measurePairs(benchCase: SideBySideCase, other: Engine, context: BenchContext): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round++) {
    const pair: Pair = {
      there: await measureRound(other, benchCase, context, round),
      here: await measureRound(here, benchCase, context, round),
    };
    compare(benchCase, other.name, pair);
    console.log(
      `${benchCase.name} ${round + 1}/${rounds}: speed ${pair.here.speed.toPrecision(4)} to ${pair.there.speed.toPrecision(4)}, ` +
        `CPU s/M ${pair.here.cpuSecondsPerMillion.toFixed(1)} to ${pair.there.cpuSecondsPerMillion.toFixed(1)}`,
    );
    pairs.push(pair);
  }
  return pairs;
}

/** A time counts when both did the same work. */
function compare({ outputs }: SideBySideCase, against: string, { here: ours, there: theirs }: Pair): void {
  const what = outputs === 'latest' ? 'keys' : 'records';
  if (ours.digest?.count !== theirs.digest?.count || ours.digest?.hash !== theirs.digest?.hash) {
    throw new Error(
      `the outputs differ: ${ours.digest?.count} ${what} here, ${theirs.digest?.count} of ${against}, or the same number of others`,
    );
  }
  if (ours.sample !== theirs.sample) throw new Error(`the restored tables differ: ${ours.sample}, ${theirs.sample}`);
}

function chosen(names: string | undefined): readonly SideBySideCase[] {
  if (names === undefined) return sideBySideCases;
  return names.split(',').map((name) => {
    const found = sideBySideCases.find((benchCase) => benchCase.name === name.trim());
    if (found) return found;
    console.error(`no case ${name}; there are ${sideBySideCases.map((benchCase) => benchCase.name).join(', ')}`);
    process.exit(2);
  });
}

function wholeNumber(flag: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  console.error(`${flag} is ${text}; it must be a whole number above 0`);
  process.exit(2);
}
