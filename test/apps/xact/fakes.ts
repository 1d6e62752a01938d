import { downloadTasks } from '../../../src/apps/xact/attachments.ts';
import {
  newEvent,
  newFailedDownload,
  type DownloadTask,
  type Event,
  type EventFields,
  type FailedDownload,
} from '../../../src/apps/xact/schemas.generated.ts';

export const NOW = Date.parse('2026-01-03T08:00:00Z');
export const LINK = 'https://claims.s3.amazonaws.com/a/photo%201.jpg?X-Amz-Signature=secret';

export function eventOf(fields: Partial<EventFields> = {}): Event {
  return newEvent({
    trace_id: 't-1',
    event_type: 'verisk.claims.property.xn.documentsReceived',
    timestamp: NOW,
    attachments: [LINK],
    payload: '{"assignmentId":"A1"}',
    ...fields,
  });
}

export function taskOf(fields: Partial<DownloadTask> = {}): DownloadTask {
  const [task] = downloadTasks(eventOf());
  if (task === undefined) throw new Error('an event with an attachment has no task');
  return { ...task, ...fields };
}

export function failureOf(fields: Partial<FailedDownload> = {}): FailedDownload {
  const task = taskOf();
  return newFailedDownload({
    trace_id: task.trace_id,
    attachment_id: task.attachment_id,
    task,
    error_category: 'permanent',
    error: 'gone',
    http_status: 404,
    attempts: 1,
    failed_at: NOW,
    ...fields,
  });
}
