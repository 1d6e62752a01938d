import { HttpError } from '../../../http/errors.ts';
import { failedWith, skipped, succeeded, type Outcome } from '../entities.ts';
import { linkRow, stampOf, taskRow, templateRow } from '../rows.ts';
import type { EnrichmentTask } from '../schemas.generated.ts';
import { groupById, type Handler, type HandlerContext } from './handler.ts';

/**
 * CUSTOM_TASK_ASSIGNED and CUSTOM_TASK_COMPLETED: the task with its template and link. One call of the API for each
 * assignment in the batch, all at once.
 */
export const taskHandler: Handler = {
  name: 'task',
  handle: async (tasks, context) => {
    const { groups, without } = groupById(tasks, (task) => task.task_assignment_id);
    const missing = without.map((task) =>
      failedWith(task, new HttpError('permanent', `event ${task.event_id} names no task_assignment_id`)),
    );
    const handled = await Promise.all([...groups].map(([id, some]) => oneAssignment(id, some, context)));
    return [...missing, ...handled.flat()];
  },
};

async function oneAssignment(
  assignmentId: string,
  tasks: readonly EnrichmentTask[],
  { api, signal, now }: HandlerContext,
): Promise<readonly Outcome[]> {
  try {
    const assignment = await api.getCustomTask(assignmentId, signal);
    if (assignment === null) return tasks.map((task) => skipped(task, 'ClaimX has no such task'));
    const completed = tasks.some((task) => task.event_type === 'CUSTOM_TASK_COMPLETED');
    return tasks.map((task) => {
      const stamp = stampOf(task, now());
      const template = templateRow(assignment, stamp);
      const link = linkRow(assignment, stamp);
      return succeeded(task, {
        tasks: [taskRow(assignment, stamp, completed)],
        task_templates: template === null ? [] : [template],
        external_links: link === null ? [] : [link],
      });
    });
  } catch (error) {
    return tasks.map((task) => failedWith(task, error));
  }
}
