import { HttpError } from '../../../http/errors.ts';
import { failedWith, skipped, succeeded, type Outcome } from '../entities.ts';
import { stampOf, videoRow } from '../rows.ts';
import type { EnrichmentTask } from '../schemas.generated.ts';
import { groupById, type Handler, type HandlerContext } from './handler.ts';

/** VIDEO_COLLABORATION_INVITE_SENT and VIDEO_COLLABORATION_COMPLETED: one call of the API for each collaboration in the batch. */
export const videoHandler: Handler = {
  name: 'video',
  handle: async (tasks, context) => {
    const { groups, without } = groupById(tasks, (task) => task.video_collaboration_id);
    const missing = without.map((task) =>
      failedWith(task, new HttpError('permanent', `event ${task.event_id} names no video_collaboration_id`)),
    );
    const handled = await Promise.all([...groups].map(([id, some]) => oneCollaboration(id, some, context)));
    return [...missing, ...handled.flat()];
  },
};

async function oneCollaboration(
  collaborationId: string,
  tasks: readonly EnrichmentTask[],
  { api, signal, now }: HandlerContext,
): Promise<readonly Outcome[]> {
  try {
    const video = await api.getVideoCollaboration(collaborationId, signal);
    if (video === null) return tasks.map((task) => skipped(task, 'ClaimX has no such video collaboration'));
    const completed = tasks.some((task) => task.event_type === 'VIDEO_COLLABORATION_COMPLETED');
    return tasks.map((task) => succeeded(task, { video_collab: [videoRow(video, stampOf(task, now()), completed)] }));
  } catch (error) {
    return tasks.map((task) => failedWith(task, error));
  }
}
