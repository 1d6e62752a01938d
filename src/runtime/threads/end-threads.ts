import type { LeaveGroup } from '../../kafka/client.ts';
import type { Logger } from '../../observe/logger.ts';
import { within } from '../within.ts';
import type { ThreadSet } from './thread-set.ts';

export interface EndThreadsOptions {
  readonly leave: LeaveGroup;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/** Of the time-out, what threads get to give things back once they are abandoned; at most a second. */
const LAST_PART = 0.2;

/** Ends all threads in good order, as far as that can be within the time-out. */
export async function endThreads(set: ThreadSet, { leave, timeoutMs, logger }: EndThreadsOptions): Promise<void> {
  const left = Math.max(0, timeoutMs);
  const lastMs = Math.min(1_000, left * LAST_PART);
  const ended = set.stop(leave);
  if (await within(left - lastMs, ended)) return;
  const tasks = set.threads.flatMap((thread) => thread.tasks).filter(({ uncommitted }) => uncommitted);
  logger.warn(
    { timeoutMs, tasks: tasks.map(({ id }) => id) },
    'closed without a last commit: what these tasks did since their last one is done again by whoever goes on',
  );
  set.abandon();
  await within(lastMs, ended);
}
