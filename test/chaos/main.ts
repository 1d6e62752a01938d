import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { whyNoBroker } from '../integration/kafka/broker.ts';
import { whyNoDiskLimit } from './instance-process.ts';
import { breaksPromise } from './judge.ts';
import { runChaos } from './run.ts';

const HELP = `npm run chaos -- --rounds N --seed S [--guarantee exactly_once_v2|at_least_once] [--instances 3] [--minutes M] [--rate R]

Runs an application in several processes on an Apache Kafka broker of its own, under load, and does bad things to it. The
application has a count, totals over a repartition topic and a cache, a windowed join, an async operator, and a Delta
sink. Each round, by the seed: SIGKILL of one instance or all, SIGSTOP for longer than the session, a kill or restart of
the broker, instances that join and leave, a full disk, a wall clock that jumps; at times two at once. Then all must run
again and commit what there is, or the run fails with what is known of why.

At the end everything is computed anew from the input topics and compared with the output topics (committed records only),
the changelogs, the stores of the instances, and the table. Under exactly_once_v2 (the default) nothing may be lost or
there twice, and each aggregate must be exact; under at_least_once nothing may be lost, nor an aggregate too low.

  --rounds N       rounds (default 5; no limit when --minutes is given)
  --minutes M      no new round begins after M minutes
  --seed S         which faults, when, to whom (default 1)
  --guarantee G    exactly_once_v2 (default) or at_least_once
  --instances N    processes (default 3)
  --rate R         orders per second, and half as many payments (default 200)
  --keep           keep logs and state (they are kept when something was wrong)

The last line of standard output is JSON: rounds, seed, guarantee, kills, stops, brokerRestarts, rebalances (joins and
leaves), diskFull, clockJumps, crashes, threadRestarts, records, lost, duplicated, wrongAggregates, examples, seconds.
Exit code 1: the promise was broken, or a round hung ("error" in the JSON). 2: the arguments are wrong, or there is no
broker to be had. It takes Docker, or a JDK and Maven.`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string', default: '1' },
    guarantee: { type: 'string', default: 'exactly_once_v2' },
    instances: { type: 'string', default: '3' },
    rate: { type: 'string', default: '200' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  return Number.isFinite(number) && number > 0 ? number : refuse(`--${name} must be a number above 0, not ${text}`);
}

if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const { guarantee } = values;
if (guarantee !== 'exactly_once_v2' && guarantee !== 'at_least_once') refuse(`there is no guarantee ${guarantee}`);
const noBroker = process.env['KAFKA_BOOTSTRAP_SERVERS']
  ? 'KAFKA_BOOTSTRAP_SERVERS is set, but the broker has to be ours: it is killed'
  : whyNoBroker();
if (noBroker !== null) refuse(noBroker);
if (whyNoDiskLimit() !== null) console.log(`no full disks: ${whyNoDiskLimit()}`);

const seed = numberOf('seed', values.seed);
const begun = performance.now();
const minutes = values.minutes === undefined ? Infinity : numberOf('minutes', values.minutes);
const rounds = values.rounds === undefined ? (minutes === Infinity ? 5 : Infinity) : numberOf('rounds', values.rounds);
const seconds = (): number => Math.round((performance.now() - begun) / 100) / 10;
let result: object;
let wrong = true;
try {
  const { folder, ...found } = await runChaos({
    rounds,
    limitMs: minutes * 60_000,
    seed,
    guarantee,
    instances: numberOf('instances', values.instances),
    ordersPerSecond: numberOf('rate', values.rate),
    say: (line) => console.log(`[${seconds()} s] ${line}`),
  });
  wrong = breaksPromise(guarantee, found);
  result = { ...found, ...(wrong ? { folder } : {}) };
  if (!wrong && !values.keep) await rm(folder, { recursive: true, force: true });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  result = { error: error instanceof Error ? error.message : String(error) };
}
const { rounds: done, ...rest } = result as { rounds?: number };
console.log(JSON.stringify({ rounds: done ?? 0, seed, guarantee, ...rest, seconds: seconds() }));
process.exit(wrong ? 1 : 0);
