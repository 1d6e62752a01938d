// One instance of the application under test, in a process of its own: `instance.js '{"…"}'`, with a channel to its parent.
import { type Clock, createLogger, StreamsApp, type ReadOnlyKeyValueStore } from '../../src/index.ts';
import type { ProcessingGuarantee } from '../../src/index.ts';
import { chaosTopology, type Names } from './topology.ts';

export interface InstanceSettings {
  readonly names: Names;
  readonly brokers: readonly string[];
  readonly stateDir: string;
  readonly guarantee: ProcessingGuarantee;
  readonly sessionTimeoutMs: number;
  readonly transactionTimeoutMs: number;
}

/** What the parent may ask. */
export type InstanceRequest =
  | { readonly ask: 'jump'; readonly ms: number }
  | { readonly ask: 'stores' }
  | { readonly ask: 'status' };

/** What an instance tells its parent. */
export type InstanceNews =
  | { readonly tell: 'state'; readonly state: string; readonly restarts: number; readonly error: string | null }
  | { readonly tell: 'stores'; readonly counts: readonly Entry[]; readonly totals: readonly Entry[] }
  | { readonly tell: 'status'; readonly status: unknown };

export type Entry = readonly [key: string, value: number];

const settings = JSON.parse(process.argv[2] ?? '{}') as InstanceSettings;
let jumpedMs = 0;
const clock: Clock = { now: () => Date.now() + jumpedMs, monotonic: () => performance.now() };
const app = new StreamsApp(chaosTopology(settings.names), {
  applicationId: settings.names.applicationId,
  kafka: { brokers: settings.brokers, requestTimeoutMs: 15_000 },
  stateDir: settings.stateDir,
  processingGuarantee: settings.guarantee,
  commitIntervalMs: 100,
  sessionTimeoutMs: settings.sessionTimeoutMs,
  heartbeatIntervalMs: 300,
  transactionTimeoutMs: settings.transactionTimeoutMs,
  maxPollIntervalMs: 20_000,
  logger: createLogger({ level: 'debug' }),
  clock,
});

function tell(news: InstanceNews): void {
  process.send?.(news);
}

function contents(name: string): Entry[] {
  return [...app.store<ReadOnlyKeyValueStore<string, number>>(name).all()];
}

function answer(request: InstanceRequest): void {
  if (request.ask === 'jump') jumpedMs += request.ms;
  else if (request.ask === 'status') tell({ tell: 'status', status: app.status() });
  else tell({ tell: 'stores', counts: contents('counts'), totals: contents('totals') });
}

// Where the parent limits the size of files (a full disk), the write shall fail and the process live.
process.on('SIGXFSZ', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (request: InstanceRequest) => answer(request));
process.on('unhandledRejection', (error) => {
  process.stderr.write(`unhandled: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(3);
});
process.once('SIGTERM', () => {
  void app.close().then(() => process.exit(0));
});
app.onStateChange((state) => {
  const { restarts, error } = app.status();
  tell({ tell: 'state', state, restarts, error });
  // As under an orchestrator: an application that stopped is started anew by whoever looks after the process.
  if (state === 'ERROR') process.exit(1);
});
await app.start();
