import type { StreamsConfig } from '../runtime/config.ts';
import type { Topology } from '../topology/topology.ts';

/** What the command needs of a running stage. */
export interface StageRuntime {
  start(): Promise<void>;
  /** Finishes what is in hand, commits and leaves the group. */
  close(): Promise<void>;
  /** Kafka Streams' name of the state. */
  readonly state: string;
  /** What ended it, once the state is `ERROR`. */
  readonly error: Error | null;
  /** No lag, nothing in flight, everything committed. */
  readonly idle: boolean;
  status(): StageRuntimeStatus;
}

export interface StageRuntimeStatus {
  readonly processed: number;
  readonly tasks: readonly {
    readonly id: string;
    readonly topics: readonly string[];
    readonly lag: number | null;
    readonly processed: number;
    readonly rate: number;
    readonly stores: readonly string[];
  }[];
}

export type CreateStageRuntime = (topology: Topology, config: StreamsConfig) => StageRuntime;
