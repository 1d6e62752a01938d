import type { Cluster } from '../../src/cli/cluster.ts';
import type { StageRuntime } from '../../src/cli/stage-runtime.ts';
import type { FetchedChunk, Fetcher, KafkaAdmin, KafkaClient, NewTopic } from '../../src/kafka/client.ts';
import { memoryChunk } from '../../src/testing/memory-chunk.ts';
import { defineApp, type AppDefinition, type Sample } from '../../src/runtime/define-app.ts';
import type { ReadinessAnswer } from '../../src/observe/health.ts';
import type { AppState } from '../../src/runtime/app-state.ts';
import type { AppStatus } from '../../src/runtime/app-status.ts';
import type { StreamsConfig } from '../../src/runtime/config.ts';
import type { Topology, TopologyPlan } from '../../src/topology/topology.ts';
import { alerts, wordCount } from '../topology/render/plan-fixture.ts';

export function topologyOf(plan: TopologyPlan): Topology {
  return {
    plan,
    describe: () => 'Topologies:\n   Sub-topology: 0\n',
    toMermaid: () => '',
    toDot: () => '',
    toSvg: () => Promise.resolve(''),
    toJSON: () => null,
  };
}

export interface FixtureLog {
  readonly events: string[];
}

/** Two stages over drawn plans, and a sample that says what happens to it. */
export function twoStages(log: FixtureLog, sample: Partial<Sample> = {}): AppDefinition {
  const note = (event: string) => void log.events.push(event);
  return defineApp({
    name: 'words',
    description: 'counts words',
    parseConfig: (section) => section,
    stages: [
      {
        name: 'count',
        applicationId: 'word-count',
        description: 'counts',
        topology: ({ config, onClose }) => {
          note(`count built with ${JSON.stringify(config)}`);
          onClose(() => note('count closed'));
          return topologyOf(wordCount);
        },
      },
      { name: 'alert', applicationId: 'alert', topology: () => topologyOf(alerts) },
    ],
    sample: async ({ events, seed }) => {
      note(`sample of ${events} from seed ${seed}`);
      return {
        config: { from: 'sample' },
        topics: [{ name: 'lines', partitions: 2, replicationFactor: 1 }],
        expected: { tables: { words: events } },
        produce: async () => note('produced'),
        summary: async () => ({ lines: ['all words are counted'], complete: true }),
        close: async () => note('sample closed'),
        ...sample,
      };
    },
  });
}

/** Delivers two records of each partition that is added. */
function fakeFetcher(): Fetcher {
  const chunks: FetchedChunk[] = [];
  return {
    add: (topic, partition, offset) => {
      for (const at of [offset, offset + 1]) {
        chunks.push(memoryChunk(topic, partition, { offset: at, timestamp: 0, key: null, value: null, headers: [] }));
      }
    },
    poll: () => chunks.splice(0),
    arrival: () => Promise.resolve(),
    release: () => undefined,
    remove: () => undefined,
    wake: () => undefined,
    bufferedBytes: 0,
    close: () => Promise.resolve(),
  };
}

/** A cluster of topics that only exist by name. */
export function fakeCluster(log: FixtureLog): Cluster {
  const topics = new Map<string, NewTopic>();
  const admin = {
    createTopics: async (made: readonly NewTopic[]) => made.forEach((topic) => topics.set(topic.name, topic)),
    describeTopics: async (names: readonly string[]) =>
      new Map(
        names.flatMap((name) => {
          const topic = topics.get(name);
          return topic ? [[name, { name, id: null, partitions: topic.partitions, internal: false }] as const] : [];
        }),
      ),
    listOffsets: async (partitions: readonly { topic: string; partition: number }[], at: unknown) =>
      partitions.map((partition) => ({ ...partition, offset: at === 'earliest' ? 1 : 3 })),
  } satisfies Partial<KafkaAdmin>;
  return {
    description: 'a fake',
    registry: null,
    registryUrl: null,
    settings: async () => ({ kafka: { brokers: ['fake:1'] }, registry: null }),
    client: async (name) => {
      log.events.push(`client ${name}`);
      return { connected: true, admin, fetcher: fakeFetcher } as unknown as KafkaClient;
    },
    close: async () => void log.events.push('cluster closed'),
  };
}

/** A stage that runs until it is told otherwise. */
export class FakeRuntime implements StageRuntime {
  state: AppState = 'CREATED';
  error: Error | null = null;
  idle = true;
  /** Whether everything that the cluster has for it was read. */
  readAll = true;
  processed = 0;
  readonly config: StreamsConfig;
  readonly #log: FixtureLog;

  constructor(config: StreamsConfig, log: FixtureLog) {
    this.config = config;
    this.#log = log;
  }

  async start(): Promise<void> {
    this.#log.events.push(`${this.config.applicationId} started`);
    this.state = 'RUNNING';
  }

  async close(): Promise<void> {
    if (this.state === 'NOT_RUNNING') return;
    this.#log.events.push(`${this.config.applicationId} stopped`);
    this.state = 'NOT_RUNNING';
  }

  async caughtUp(): Promise<boolean> {
    return this.idle && this.readAll;
  }

  readiness(): ReadinessAnswer {
    return this.state === 'RUNNING' ? { ready: true } : { ready: false, reason: `the application is ${this.state}` };
  }

  liveness(): ReadinessAnswer {
    return this.state === 'ERROR' ? { ready: false, reason: this.error?.message ?? '' } : { ready: true };
  }

  fail(error: Error): void {
    this.error = error;
    this.state = 'ERROR';
  }

  status(): AppStatus {
    const task = {
      id: '0_0',
      topics: [{ topic: 'lines', partition: 0, position: this.processed, committed: null, lag: 5 }],
      lag: 5,
      delayed: 0,
      retriesPaused: false,
      processed: this.processed,
      sent: 0,
      restoreRemaining: 0,
      restoring: [],
      restored: 0,
      commits: 0,
      inFlight: 0,
      uncommitted: false,
      dropped: {},
      stores: ['counts'],
      sizes: [],
    };
    const { applicationId } = this.config;
    const app = { applicationId, state: this.state, error: this.error?.message ?? null, restarts: 0 };
    const nothing = { repeatedFailure: null, threads: [], standbys: [], unopened: [] };
    return { ...app, ...nothing, lag: task.lag, paused: false, tasks: [task] };
  }
}
