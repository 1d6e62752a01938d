import type { PartitionOffset } from '../../core/record.ts';
import type { LeaveGroup } from '../../kafka/client.ts';
import type { StandbyStatus, TaskStatus } from '../app-status.ts';
import type { ThreadState } from '../stream-thread.ts';

/** One life of a stream thread, wherever it runs: in the caller's event loop, or in a worker thread. */
export interface AppThread {
  readonly name: string;
  readonly state: ThreadState;
  readonly tasks: readonly TaskStatus[];
  /** Tasks whose stores it keeps current. */
  readonly standbys: readonly StandbyStatus[];
  /** When its loop began its last turn (monotone ms of the application's clock); null while it waits for its group. */
  readonly loopAt: number | null;
  /** Nothing left to do that is known of, everything committed. */
  readonly idle: boolean;
  /** The loop: resolves after {@link stop}, rejects with what ended it. Call once. */
  run(): Promise<void>;
  /** Asks it to finish the records in hand, commit, and leave. */
  stop(leave: LeaveGroup): void;
  /** Ends it without a last commit. */
  abandon(): void;
  pause(paused: boolean): void;
  /** What it has read, when it is {@link idle} now; null when it is not. */
  settled(): Promise<readonly PartitionOffset[] | null>;
}
