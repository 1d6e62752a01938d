import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/core/errors.ts';
import { startBroker, whyNoBroker } from '../integration/kafka/broker.ts';
import { runTrial } from './run.ts';
import { isAppName } from './scene.ts';

const HELP = `npm run trial -- [--app claimx|xact] [--events 100000] [--seed 1] [--kills 3] [--outage-seconds S]

A full run of an application on Apache Kafka: generated events of all types, duplicates and malformed ones among them; a
simulated API and file hosts with 5xx, 429 with Retry-After, time-outs, cut connections, 404 and an outage; links that have
expired, slow, cut and oversized files. All stages are in one process, which is killed on its way and started again. At the
end every table and every dead letter is compared, key by key and cause by cause, with what the generator says.

  --events N           records of the input (default 100000)
  --seed S             which sample (default 1)
  --kills K            SIGKILLs, spread over the run (default 3)
  --outage-seconds S   how long the API is down (default 0.6 s for each 1,000 events)
  --guarantee G        at_least_once (default: as the application runs without a setting) or exactly_once_v2
  --profile DIR        a CPU profile of the process that ends well
  --keep               keep what the run left

The last line of standard output is JSON: what was done and what was found. Exit code 1: something differs. 2: the arguments
are wrong, or there is no broker to be had. It takes Docker, or a JDK and Maven, or KAFKA_BOOTSTRAP_SERVERS.`;

const { values } = parseArgs({
  options: {
    app: { type: 'string', default: 'claimx' },
    events: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '3' },
    'outage-seconds': { type: 'string' },
    guarantee: { type: 'string', default: 'at_least_once' },
    profile: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  return Number.isInteger(number) && number >= 0 ? number : refuse(`--${name} must be a whole number, not ${text}`);
}

if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const { app, guarantee, profile } = values;
if (!isAppName(app)) refuse(`--app must be claimx or xact, not ${app}`);
if (guarantee !== 'at_least_once' && guarantee !== 'exactly_once_v2') refuse(`there is no guarantee ${guarantee}`);
const why = whyNoBroker();
if (why !== null) refuse(why);
const outage = values['outage-seconds'];
const folder = await mkdtemp(join(tmpdir(), `trial-${app}-`));
const broker = await startBroker();
let well = false;
try {
  const result = await runTrial({
    app,
    guarantee,
    folder,
    brokers: broker.bootstrap,
    events: wholeNumber('events', values.events),
    seed: wholeNumber('seed', values.seed),
    kills: wholeNumber('kills', values.kills),
    faults: 'standard',
    ...(outage === undefined ? {} : { outageMs: wholeNumber('outage-seconds', outage) * 1_000 }),
    nodeFlags: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
    onProgress: (line) => console.log(line),
  });
  for (const line of result.differences) console.log(`DIFFERS ${line}`);
  console.log(JSON.stringify(result));
  well = result.differences.length === 0;
} catch (error) {
  console.log(JSON.stringify({ app, error: messageOf(error) }));
} finally {
  await broker.stop();
  if (values.keep) process.stderr.write(`kept: ${folder}\n`);
  else await rm(folder, { recursive: true, force: true });
}
process.exit(well ? 0 : 1);
