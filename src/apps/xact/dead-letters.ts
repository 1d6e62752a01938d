import { deadLetterSource, type DeadLetterSource } from '../../runtime/dead-letters/dead-letter-source.ts';
import { failedEventSource, reasonOf } from '../shared/dead-letter-sources.ts';
import type { XactConfig } from './config.ts';
import { downloadTaskSerde, failedDownloadSerde, failedEventSerde } from './serdes.ts';

/** The dead letters of xact for `topology dlq`: what each is about, and the task or record that a replay sends again. */
export function xactDeadLetters({ topics }: XactConfig): DeadLetterSource[] {
  return [
    failedEventSource({ topics, value: failedEventSerde, id: { kind: 'event', field: 'trace_id' } }),
    deadLetterSource({
      topic: topics.downloadsDeadLetter,
      value: failedDownloadSerde,
      facts: (failed) => ({ ids: { event: failed.trace_id, media: failed.attachment_id }, ...reasonOf(failed) }),
      replay: {
        topic: topics.downloadsPending,
        value: downloadTaskSerde,
        valueOf: ({ task }) => ({ ...task, retry_count: 0, metadata: withoutError(task.metadata) }),
      },
    }),
  ];
}

/** What the last try failed of is no word about the next ones. */
function withoutError(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { error: _error, error_category: _category, ...rest } = metadata;
  return rest;
}
