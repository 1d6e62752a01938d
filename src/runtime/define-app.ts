import type { TokenSource } from '../azure/access-token.ts';
import type { Clock } from '../core/clock.ts';
import type { SchemaRegistry } from '../core/serde.ts';
import type { KafkaClient, NewTopic } from '../kafka/client.ts';
import type { ReadinessAnswer } from '../observe/health.ts';
import type { Logger } from '../observe/logger.ts';
import type { MetricsRegistry } from '../observe/metrics.ts';
import type { OpenLake } from '../sinks/lake/open-lake.ts';
import type { Topology } from '../topology/topology.ts';
import type { StreamsConfig } from './config.ts';
import type { DeadLetterSource } from './dead-letters/dead-letter-source.ts';
import type { SourcePlan } from './source-runner.ts';

/**
 * An application that the `topology` command can start, and that another program can embed: a set of stages, each one
 * topology under its own application id. `C` is the application's own configuration.
 */
export interface AppDefinition<C = unknown> {
  readonly name: string;
  /** One line for `topology apps`. */
  readonly description: string;
  /** Checks and completes the application's section of the configuration. Throws CONFIG_INVALID naming each wrong field. */
  readonly parseConfig?: (section: unknown) => C;
  /** JSON Schema of that section, with defaults and descriptions: for `topology config --schema`, and names in the environment. */
  readonly configSchema?: () => object;
  readonly stages: readonly Stage<C>[];
  /** Systems outside of Kafka that are polled into topics: `topology poll`. */
  readonly sources?: readonly SourceStage<C>[];
  /** What `topology dlq` must know of dead letters that are not the failed records themselves: see {@link deadLetterSource}. */
  readonly deadLetters?: (config: C) => readonly DeadLetterSource[];
  /** What `--embedded` and `topology sample` need: topics, simulated services, sample input. */
  readonly sample?: (environment: SampleEnvironment) => Promise<Sample>;
}

export interface Stage<C = unknown> {
  /** Unique in the application: `enricher`. */
  readonly name: string;
  /** One line for `topology apps` and the diagram. */
  readonly description?: string;
  /** Kafka's consumer group, the prefix of internal topics, the folder of its state. */
  readonly applicationId: string;
  /** Settings that this stage has in place of the library's defaults. What is configured wins. */
  readonly streams?: Partial<StreamsConfig>;
  /** Where its health and metrics are when it runs alone and no port is configured (default 8080). */
  readonly healthPort?: number;
  readonly topology: (context: StageContext<C>) => Topology;
}

/** A source of an application: see {@link SourceRunner}. */
export interface SourceStage<C = unknown> {
  /** Unique in the application: `eventhouse`. */
  readonly name: string;
  readonly description?: string;
  /** The transactional id of its producer, and the prefix of the topic that keeps its position. */
  readonly applicationId: string;
  /** Throws CONFIG_INVALID where the configuration does not name the system to poll. */
  readonly plan: (context: StageContext<C>) => SourcePlan;
}

/** What a stage is built from; nothing in it is global. */
export interface StageContext<C> {
  readonly config: C;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
  readonly clock: Clock;
  /** Opens a folder for tables or files: a local path, or an address in Azure, with the configured credential. */
  readonly openLake: OpenLake;
  /** Tokens of the configured identity, for services of Azure. */
  readonly azure: TokenSource;
  /** Run, newest first, when the stage closes: pools, agents, timers. */
  readonly onClose: (close: () => Promise<void> | void) => void;
  /** One more condition of readiness, such as a circuit breaker that is closed. */
  readonly readiness: (name: string, check: () => ReadinessAnswer) => void;
}

export type { ReadinessAnswer } from '../observe/health.ts';

export interface SampleEnvironment {
  readonly client: KafkaClient;
  readonly registry: SchemaRegistry | null;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The folder for everything the run leaves behind: the lake, caches, the manifest. */
  readonly dataDir: string;
  /** How many sample events, and from which seed. The same two make the same events. */
  readonly events: number;
  readonly seed: number;
  /** What goes wrong in the sample and its simulated services; absent: a little of it, as the application sees fit. */
  readonly faults?: SampleFaults;
  /** How long the outage among the standard faults lasts, in ms (default: 0.6 for each event, at least 500). */
  readonly outageMs?: number;
  /** Sends so many events each second (default: as fast as the cluster takes them). */
  readonly eventsPerSecond?: number;
}

/** `standard`: everything that a real day has, an outage too; `none`: every service answers, every record is well formed. */
export type SampleFaults = 'none' | 'standard';

export interface Sample {
  /** Merged over the application's section of the configuration: addresses of the simulated services, short delays. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly topics: readonly NewTopic[];
  /** Sends the input; resolves when all of it is acknowledged. */
  produce(): Promise<void>;
  /** What the run should leave, for the summary: written to `<dataDir>/expected.json` before any input is sent. */
  readonly expected: unknown;
  /** Lines for people after a run: what is in the tables, what went to dead letters, whether it is what was expected. */
  summary(): Promise<{ readonly lines: readonly string[]; readonly complete: boolean }>;
  close(): Promise<void>;
}

/**
 * Declares an application. Checks nothing that needs a broker; the command and {@link StreamsApp} do.
 *
 * @example
 *     export default defineApp({
 *       name: 'clicks',
 *       description: 'counts clicks by country',
 *       stages: [{ name: 'count', applicationId: 'clicks', topology: () => buildTopology() }],
 *     });
 */
export function defineApp<C = unknown>(definition: AppDefinition<C>): AppDefinition<C> {
  return Object.freeze(definition);
}
