import type { MessagePort } from 'node:worker_threads';
import type { StandbyStatus, TaskStatus } from '../app-status.ts';
import type { ThreadState } from '../stream-thread.ts';
import type { UnopenedTask } from '../task-openings.ts';
import type { UnmetCondition } from './app-thread.ts';
import type { ConfigMessage } from './thread-config.ts';
import type { ErrorMessage } from './thread-error.ts';

/** What a worker thread is started with. */
export interface ThreadStart {
  readonly name: string;
  readonly index: number;
  readonly processId: string;
  readonly module: { readonly url: string; readonly export: string; readonly data: unknown };
  readonly config: ConfigMessage;
  readonly logLevel: string;
  /** `describe()` of the application's topology: each thread has to build the same. */
  readonly topology: string;
  readonly paused: boolean;
  readonly port: MessagePort;
}

/** Told by the thread again and again, and when its state has changed. */
export interface ThreadReport {
  readonly state: ThreadState;
  readonly tasks: readonly TaskStatus[];
  readonly standbys: readonly StandbyStatus[];
  readonly unopened: readonly UnopenedTask[];
  readonly unready: readonly UnmetCondition[];
  /** By the thread's own clock: what matters is that it changes. */
  readonly loopAt: number | null;
  readonly idle: boolean;
}

/** Asked by the thread before it opens a task's folder. */
export interface HoldRequest {
  readonly task: string;
  readonly patienceMs: number | undefined;
}

/** The last thing that a thread says. */
export interface ThreadEnd {
  readonly error: ErrorMessage | null;
}
