import { deadLetterSource, type DeadLetterSource } from '../../runtime/dead-letters/dead-letter-source.ts';
import { failedEventSource, reasonOf } from '../shared/dead-letter-sources.ts';
import type { ClaimxConfig } from './config.ts';
import {
  downloadTaskSerde,
  enrichmentTaskSerde,
  failedDownloadSerde,
  failedEnrichmentSerde,
  failedEventSerde,
} from './serdes.ts';

/** The dead letters of claimx for `topology dlq`: what each is about, and the task or record that a replay sends again. */
export function claimxDeadLetters({ topics }: ClaimxConfig): DeadLetterSource[] {
  return [
    failedEventSource({ topics, value: failedEventSerde, id: { kind: 'event', field: 'event_id' } }),
    deadLetterSource({
      topic: topics.enrichmentDeadLetter,
      value: failedEnrichmentSerde,
      facts: (failed) => ({ ids: { event: failed.event_id, project: failed.project_id }, ...reasonOf(failed) }),
      replay: {
        topic: topics.enrichmentPending,
        value: enrichmentTaskSerde,
        valueOf: ({ task }) => ({ ...task, retry_count: 0 }),
      },
    }),
    deadLetterSource({
      topic: topics.downloadsDeadLetter,
      value: failedDownloadSerde,
      facts: (failed) => ({
        ids: { media: failed.media_id, project: failed.project_id, event: failed.task.source_event_id },
        ...reasonOf(failed),
      }),
      replay: {
        topic: topics.downloadsPending,
        value: downloadTaskSerde,
        valueOf: ({ task }) => ({ ...task, retry_count: 0, url_refresh_attempted: false }),
      },
    }),
  ];
}
