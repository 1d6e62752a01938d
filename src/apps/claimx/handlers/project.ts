import { skipped, succeeded } from '../entities.ts';
import type { Handler } from './handler.ts';

/** PROJECT_CREATED. The batch has fetched the project before (its pre-flight), so this costs no call of its own. */
export const projectHandler: Handler = {
  name: 'project',
  handle: async (tasks, { project }) =>
    tasks.map((task) =>
      project === null ? skipped(task, 'the project is known already') : succeeded(task, { projects: [project] }),
    ),
};
