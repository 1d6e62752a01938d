import { serdes } from '../../serdes/serdes.ts';
import { deadLetterSource, type DeadLetterSource } from '../../runtime/dead-letters/dead-letter-source.ts';
import type { ClaimxConfig } from './config.ts';
import type { FailedDownload, FailedEnrichment, FailedEvent } from './schemas.generated.ts';
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
    deadLetterSource({
      topic: topics.eventsDeadLetter,
      value: failedEventSerde,
      facts: (failed) => ({
        ids: eventIdOf(failed),
        reason: failed.error_code,
        error: failed.reason,
        failedAtMs: failed.failed_at,
      }),
      replay: {
        topic: topics.eventsRaw,
        value: serdes.bytes,
        valueOf: ({ payload }) => payload,
        keyOf: ({ key }) => key,
      },
    }),
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

function reasonOf({ error_category, error, attempts, failed_at }: FailedEnrichment | FailedDownload) {
  return { reason: error_category, error, attempts, failedAtMs: failed_at };
}

/** A record that is no event may still have an id that somebody looks for. */
function eventIdOf({ payload }: FailedEvent): Readonly<Record<string, string>> {
  try {
    const parsed: unknown = JSON.parse(payload?.toString('utf8') ?? '');
    const id = typeof parsed === 'object' && parsed !== null && 'event_id' in parsed ? parsed.event_id : null;
    return typeof id === 'string' && id !== '' ? { event: id } : {};
  } catch {
    return {};
  }
}
