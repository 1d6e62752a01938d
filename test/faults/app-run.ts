import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { StreamsError } from '../../src/core/errors.ts';
import { kafkaClient } from '../../src/kafka/connect.ts';
import type { KafkaAdmin } from '../../src/kafka/client.ts';
import { confluentRegistry } from '../../src/serdes/confluent-registry.ts';
import { DeltaTable } from '../../src/sinks/delta/table.ts';
import { distinctDeadLetters } from './dead-letters.ts';
import { buildCommand, type Command, command } from './command.ts';

/** What an application left, or should leave. */
export interface Outcome {
  readonly tables: Readonly<Record<string, number>>;
  /** Things that dead letters are about: written at least once, a dead letter may be there twice. */
  readonly deadLetters: Readonly<Record<string, number>>;
}

/** The sample of an application on a real cluster, with its simulated services, for processes that a test may kill. */
export interface AppRun {
  readonly expected: Outcome;
  outcome(): Promise<Outcome>;
  /** A process of the application with a state folder of its own. */
  start(state: string, ...flags: readonly string[]): Command;
  close(): Promise<void>;
}

export interface AppRunOptions {
  readonly app: { readonly name: string; readonly stages: readonly { readonly applicationId: string }[] };
  readonly brokers: readonly string[];
  readonly events: number;
  readonly seed: number;
}

export async function openAppRun({ app, brokers, events, seed }: AppRunOptions): Promise<AppRun> {
  buildCommand();
  const dir = await mkdtemp(join(tmpdir(), `${app.name}-run-`));
  const client = kafkaClient({ brokers });
  await client.connect();
  await removeEarlierRun(client.admin, app);
  // A killed member is missed after its session only: the shortest that the broker allows by default.
  await writeFile(join(dir, 'session.yaml'), 'streams: { sessionTimeoutMs: 6000, heartbeatIntervalMs: 1000 }\n');
  const cluster = ['--app', app.name, '--brokers', brokers.join(',')];
  const size = ['--events', String(events), '--seed', String(seed)];
  const services = command(['sample', ...cluster, ...size, '--data-dir', dir, '--keep']);
  await services.printed(/run until Ctrl-C/);
  const expected = JSON.parse(await readFile(join(dir, 'expected.json'), 'utf8')) as Outcome;
  const { registry } = parse(await readFile(join(dir, 'sample.yaml'), 'utf8')) as { registry: { url: string } };
  const settings = ['--config', join(dir, 'sample.yaml'), '--config', join(dir, 'session.yaml'), '--port', '0'];
  return {
    expected,
    outcome: async () => {
      const tables: Record<string, number> = {};
      for (const table of Object.keys(expected.tables)) tables[table] = await countRows(join(dir, 'lake', table));
      const topics = Object.keys(expected.deadLetters);
      return { tables, deadLetters: await distinctDeadLetters(client, confluentRegistry(registry), topics) };
    },
    start: (state, ...flags) => command(['start', ...cluster, ...settings, '--data-dir', join(dir, state), ...flags]),
    close: async () => {
      await services.stop();
      await client.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The names of topics and groups are fixed, and tests share one broker. */
export async function removeEarlierRun(admin: KafkaAdmin, app: AppRunOptions['app']): Promise<void> {
  const topics = (await admin.listTopics()).filter((name) => name.startsWith(app.name));
  if (topics.length > 0) await admin.deleteTopics(topics);
  for (const group of [...app.stages.map(({ applicationId }) => applicationId), `${app.name}-dlq-cli`]) {
    const { state } = await admin.describeGroup(group);
    if (state !== 'Dead') await admin.deleteGroup(group);
  }
}

async function countRows(path: string): Promise<number> {
  try {
    return (await (await DeltaTable.open(path)).readRows()).length;
  } catch (error) {
    if (error instanceof StreamsError && error.code === 'TABLE_INVALID') return 0;
    throw error;
  }
}
