import type { ReadinessAnswer } from '../../observe/health.ts';
import type { Logger } from '../../observe/logger.ts';
import type { MetricsRegistry } from '../../observe/metrics.ts';
import type { Topology } from '../../topology/topology.ts';
import type { StreamsConfig } from '../config.ts';

/**
 * Where worker threads find the application. Functions do not cross threads, so each thread builds the topology for
 * itself, from the same module.
 */
export interface ThreadModule {
  /** Of the module, as for `import()`: `new URL('./pipeline.js', import.meta.url)`. */
  readonly url: string | URL;
  /** Name of the export, a {@link ThreadFactory} (default `default`). */
  readonly export?: string;
  /** Handed to the function: plain data (what `structuredClone` takes). */
  readonly data?: unknown;
}

/** Builds the application for one thread. Must build the same topology in each. */
export type ThreadFactory = (context: ThreadContext) => Topology | ThreadApp | Promise<Topology | ThreadApp>;

export interface ThreadApp {
  readonly topology: Topology;
  /**
   * The settings that hold functions: `registry`, handlers, a SASL token, an own `clock`. All others come from the
   * application that starts the thread, and need not be repeated.
   */
  readonly config?: Partial<StreamsConfig>;
}

export interface ThreadContext {
  readonly threadName: string;
  /** {@link ThreadModule.data}. */
  readonly data: unknown;
  /** Its lines come out of the application's logger, with the thread's name. */
  readonly logger: Logger;
  /** What is counted here is added to the application's registry. */
  readonly metrics: MetricsRegistry;
  /**
   * One more condition of the application's readiness, such as a circuit breaker that is closed; asked several times a
   * second, so it only looks.
   */
  readonly readiness: (name: string, check: () => ReadinessAnswer) => void;
  /** Run, newest first, when the thread ends: pools, agents, timers. */
  readonly onClose: (close: () => Promise<void> | void) => void;
}
