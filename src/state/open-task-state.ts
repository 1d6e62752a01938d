import { StreamsError } from '../core/errors.ts';
import type { TaskState, TaskStateOptions } from './task-state.ts';

/** Opens the state of a task, under its lock. @throws STATE_DIR_LOCKED, STATE_CORRUPT */
export async function openTaskState(options: TaskStateOptions): Promise<TaskState> {
  throw new StreamsError('ILLEGAL_STATE', `no state for ${options.taskId} yet`);
}
