import type { StreamsConfig } from '../runtime/config.ts';
import type { StreamsApp } from '../runtime/streams-app.ts';
import type { Topology } from '../topology/topology.ts';

/** What the command needs of a running stage. */
export type StageRuntime = Pick<
  StreamsApp,
  'start' | 'close' | 'state' | 'error' | 'idle' | 'caughtUp' | 'status' | 'readiness' | 'liveness'
> &
  /** Where its stores can be read. */
  Partial<Pick<StreamsApp, 'queries'>>;

export type CreateStageRuntime = (topology: Topology, config: StreamsConfig) => StageRuntime;
