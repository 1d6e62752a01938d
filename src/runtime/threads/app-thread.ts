import type { PartitionOffset } from '../../core/record.ts';
import type { LeaveGroup } from '../../kafka/client.ts';
import type { StandbyStatus, TaskStatus } from '../app-status.ts';
import type { HealthCheckResult } from '../../observe/health.ts';
import type { UnopenedTask } from '../task-openings.ts';
import type { ThreadState } from '../stream-thread.ts';

/** A condition of readiness that is not met, and why. */
export type UnmetCondition = Pick<HealthCheckResult, 'name' | 'reason'>;

/** One life of a stream thread, wherever it runs: in the caller's event loop, or in a worker thread. */
export interface AppThread {
  readonly name: string;
  readonly state: ThreadState;
  readonly tasks: readonly TaskStatus[];
  /** Tasks whose stores it keeps current. */
  readonly standbys: readonly StandbyStatus[];
  /** Tasks that are assigned to it and could not be opened yet. */
  readonly unopened: readonly UnopenedTask[];
  /** What the module's own conditions of readiness say that are not met; empty for a thread in this event loop. */
  readonly unready: readonly UnmetCondition[];
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
