import { skipped } from '../entities.ts';
import type { Handler } from './handler.ts';

/** For types of events that came after this code: one line in the processing log, nothing else. */
export const noopHandler: Handler = {
  name: 'noop',
  handle: async (tasks) => tasks.map((task) => skipped(task, `nothing is done for events of type ${task.event_type}`)),
};
