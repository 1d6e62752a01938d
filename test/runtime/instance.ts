import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import type { Topology } from '../../src/index.ts';
import type { Fetcher, FetcherOptions, KafkaClient } from '../../src/kafka/client.ts';
import { lockStateDirectory } from '../../src/state/level/lock-state-directory.ts';
import { resolveConfig, type StreamsConfig } from '../../src/runtime/config.ts';
import { StreamThread, type ThreadState } from '../../src/runtime/stream-thread.ts';

/** One stream thread with a client of its own, as a process has it. */
export interface Instance {
  readonly thread: StreamThread;
  readonly states: readonly ThreadState[];
  /** Ends in good order. */
  stop(): Promise<void>;
  /** What ended it; never before `stop` when all is well. */
  readonly ended: Promise<unknown>;
}

export async function startInstance(
  broker: EmbeddedBroker,
  topology: Topology,
  processId: string,
  over: Partial<StreamsConfig> & { readonly stateDir: string; readonly wrap?: (client: KafkaClient) => KafkaClient },
): Promise<Instance> {
  const { wrap = (client: KafkaClient) => client, ...settings } = over;
  const own = embeddedClient(broker);
  await own.connect();
  const client = wrap(own);
  const config = resolveConfig({
    applicationId: 'app',
    kafka: { client },
    commitIntervalMs: 20,
    heartbeatIntervalMs: 20,
    ...settings,
  });
  const dir = join(config.stateDir, config.applicationId);
  const states: ThreadState[] = [];
  const thread = new StreamThread({
    client,
    config,
    plan: topology.plan,
    processId,
    index: 1,
    lock: lockStateDirectory,
    localTasks: () => (existsSync(dir) ? readdirSync(dir).filter((name) => /^\d+_\d+$/.test(name)) : []),
    onState: (state) => states.push(state),
  });
  const ended = thread.run().then(
    () => null,
    (error: unknown) => error,
  );
  return {
    thread,
    states,
    ended,
    stop: async () => {
      thread.stop();
      await ended;
      await own.close();
    },
  };
}

/** Asks again and again: for what no event tells. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; !(await condition());) {
    if (Date.now() > end) throw new Error(`no ${what} within 10 s`);
    await pause(5);
  }
}

/** The same client with other fetchers. */
export function withFetchers(
  client: KafkaClient,
  change: (fetcher: Fetcher, options: FetcherOptions) => Fetcher,
): KafkaClient {
  return {
    admin: client.admin,
    get connected() {
      return client.connected;
    },
    connect: () => client.connect(),
    close: () => client.close(),
    fetcher: (options = {}) => change(client.fetcher(options), options),
    producer: (options) => client.producer(options),
    member: (options) => client.member(options),
  };
}
