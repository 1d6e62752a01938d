import { describe, expect, it } from 'vitest';
import type { ApiTask } from '../../../../src/apps/claimx/api-types.ts';
import { taskHandler } from '../../../../src/apps/claimx/handlers/task.ts';
import { HttpError } from '../../../../src/http/errors.ts';
import { contextOf, fakeApi, taskOf } from '../fakes.ts';

const assignment = (id: string, fields: Partial<ApiTask> = {}): ApiTask => ({
  assignmentId: id,
  projectId: 'p-1',
  status: 'ASSIGNED',
  template: { templateId: 'tpl-1', name: 'Photos' },
  link: { linkId: `l-${id}`, url: 'https://x/' },
  ...fields,
});

describe('the task handler', () => {
  it('writes the task, its template and its link', async () => {
    const { api } = fakeApi({ getCustomTask: async (id) => assignment(id) });
    const [outcome] = await taskHandler.handle(
      [taskOf('CUSTOM_TASK_ASSIGNED', { task_assignment_id: 't-1' })],
      contextOf(api),
    );
    expect(outcome).toMatchObject({
      status: 'success',
      rows: {
        tasks: [{ task_id: 't-1', project_id: 'p-1', template_id: 'tpl-1', status: 'ASSIGNED' }],
        task_templates: [{ template_id: 'tpl-1', project_id: 'p-1', template_name: 'Photos' }],
        external_links: [{ link_id: 'l-t-1', task_assignment_id: 't-1' }],
      },
    });
  });

  it('asks once for several events of one assignment, and at once for several assignments', async () => {
    const { api, calls } = fakeApi({ getCustomTask: async (id) => assignment(id) });
    const tasks = ['t-1', 't-1', 't-2'].map((id) => taskOf('CUSTOM_TASK_ASSIGNED', { task_assignment_id: id }));
    expect(await taskHandler.handle(tasks, contextOf(api))).toHaveLength(3);
    expect(calls).toEqual(['task t-1', 'task t-2']);
  });

  it('says COMPLETED for a completed task even if the API lags behind', async () => {
    const { api } = fakeApi({ getCustomTask: async (id) => assignment(id) });
    const outcomes = await taskHandler.handle(
      [
        taskOf('CUSTOM_TASK_COMPLETED', { task_assignment_id: 't-1' }),
        taskOf('CUSTOM_TASK_ASSIGNED', { task_assignment_id: 't-1' }),
      ],
      contextOf(api),
    );
    expect(outcomes).toMatchObject([
      { rows: { tasks: [{ status: 'COMPLETED' }] } },
      { rows: { tasks: [{ status: 'COMPLETED' }] } },
    ]);
  });

  it('does not take COMPLETED back when an ASSIGNED is handled late: the API tells the current state', async () => {
    const { api } = fakeApi({ getCustomTask: async (id) => assignment(id, { status: 'COMPLETED' }) });
    const [outcome] = await taskHandler.handle(
      [taskOf('CUSTOM_TASK_ASSIGNED', { task_assignment_id: 't-1' })],
      contextOf(api),
    );
    expect(outcome).toMatchObject({ rows: { tasks: [{ status: 'COMPLETED' }] } });
  });

  it('writes no template and no link where there is none', async () => {
    const { api } = fakeApi({ getCustomTask: async (id) => assignment(id, { template: null, link: null }) });
    const [outcome] = await taskHandler.handle(
      [taskOf('CUSTOM_TASK_ASSIGNED', { task_assignment_id: 't-1' })],
      contextOf(api),
    );
    expect(outcome).toMatchObject({ rows: { task_templates: [], external_links: [] } });
  });

  it('skips a task that ClaimX does not have', async () => {
    const { api } = fakeApi();
    const outcomes = await taskHandler.handle(
      [taskOf('CUSTOM_TASK_ASSIGNED', { task_assignment_id: 't-9' })],
      contextOf(api),
    );
    expect(outcomes).toMatchObject([{ status: 'skipped' }]);
  });

  it('fails only the events of the assignment that failed', async () => {
    const { api } = fakeApi({
      getCustomTask: async (id) => (id === 't-1' ? Promise.reject(new HttpError('transient', 'down')) : assignment(id)),
    });
    const tasks = ['t-1', 't-2'].map((id) => taskOf('CUSTOM_TASK_ASSIGNED', { task_assignment_id: id }));
    expect(await taskHandler.handle(tasks, contextOf(api))).toMatchObject([
      { status: 'failed' },
      { status: 'success' },
    ]);
  });

  it('fails an event that names no assignment for good', async () => {
    const [outcome] = await taskHandler.handle([taskOf('CUSTOM_TASK_ASSIGNED')], contextOf(fakeApi().api));
    expect(outcome).toMatchObject({ status: 'failed', error: { kind: 'permanent' } });
  });
});
