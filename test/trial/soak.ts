import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/core/errors.ts';
import { startBroker, whyNoBroker } from '../integration/kafka/broker.ts';
import { isAppName } from './scene.ts';
import { runPeak, runSoak } from './soak-run.ts';

const HELP = `npm run soak:app -- [--app claimx|xact] [--minutes 5] [--rate 1000] [--seed 1]
npm run soak:app -- --peak [--app claimx|xact] [--events 60000]

An application on Apache Kafka with all its stages in one process. The input and the simulated services are in another process,
so what is measured is the application alone. It has its own settings, but for the addresses of the services.

Without --peak: events come at a rate; a line each 30 s. Judged: events that are not through all tables yet are no more than
those of --lag-seconds (30), and no more in the last third than in the first; memory grows by no more than --growth (1.3) from
the first half to the second; at the end every table and dead letter is what the generator says.
With --peak: all events wait when the application starts; the rate at which they come through, from a fifth to four fifths.

  --faults none|standard   what goes wrong (default none)
  --threads N              stream threads of each stage (default 1)
  --guarantee G            at_least_once (default) or exactly_once_v2
  --profile DIR            a CPU profile of the application

The last line of standard output is JSON. Exit code 1: a bound was broken or something differs. 2: the arguments are wrong, or
there is no broker to be had.`;

const { values } = parseArgs({
  options: {
    app: { type: 'string', default: 'claimx' },
    minutes: { type: 'string', default: '5' },
    rate: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    events: { type: 'string', default: '60000' },
    peak: { type: 'boolean', default: false },
    faults: { type: 'string', default: 'none' },
    threads: { type: 'string', default: '1' },
    guarantee: { type: 'string', default: 'at_least_once' },
    'lag-seconds': { type: 'string', default: '30' },
    growth: { type: 'string', default: '1.3' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}

function positive(name: string, text: string): number {
  const number = Number(text);
  return Number.isFinite(number) && number > 0 ? number : refuse(`--${name} must be a number above 0, not ${text}`);
}

if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const { app, faults, guarantee, profile } = values;
if (!isAppName(app)) refuse(`--app must be claimx or xact, not ${app}`);
if (faults !== 'none' && faults !== 'standard') refuse(`--faults must be none or standard, not ${faults}`);
if (guarantee !== 'at_least_once' && guarantee !== 'exactly_once_v2') refuse(`there is no guarantee ${guarantee}`);
const why = whyNoBroker();
if (why !== null) refuse(why);
const [minutes, rate] = [positive('minutes', values.minutes), positive('rate', values.rate)];
const folder = await mkdtemp(join(tmpdir(), `soak-${app}-`));
const broker = await startBroker();
const options = {
  app,
  guarantee,
  faults,
  folder,
  pace: 'own',
  brokers: broker.bootstrap,
  seed: positive('seed', values.seed),
  threads: positive('threads', values.threads),
  nodeFlags: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
  onSample: (line: string) => console.log(line),
} as const;
let broken: readonly string[] = ['it did not come to an end'];
try {
  const result = values.peak
    ? await runPeak({ ...options, events: positive('events', values.events) })
    : await runSoak({
        ...options,
        events: Math.round(minutes * 60 * rate),
        eventsPerSecond: rate,
        mostLagSeconds: positive('lag-seconds', values['lag-seconds']),
        mostGrowth: positive('growth', values.growth),
      });
  ({ broken } = result);
  for (const line of broken) console.log(`BROKEN ${line}`);
  console.log(JSON.stringify(result));
} catch (error) {
  console.log(JSON.stringify({ app, error: messageOf(error) }));
} finally {
  await broker.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit(broken.length > 0 ? 1 : 0);
