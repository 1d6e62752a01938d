import { blobPath } from '../shared/blob-path.ts';
import { fileExtension } from '../shared/file-types.ts';
import { readAttachmentLink } from './attachment-link.ts';
import { columnsOf, subtypeOf } from './flatten-event.ts';
import { newDownloadTask, type DownloadTask, type Event } from './schemas.generated.ts';

/** One download task for each attachment of an event; a link that is there twice is one attachment. */
export function downloadTasks(event: Event): DownloadTask[] {
  if (event.attachments.length === 0) return [];
  const subtype = subtypeOf(event);
  const { assignment_id } = columnsOf(event.payload);
  const tasks = new Map<string, DownloadTask>();
  for (const link of event.attachments) {
    const { id: attachment_id, fileName: file_name } = readAttachmentLink(link);
    const task = newDownloadTask({
      trace_id: event.trace_id,
      attachment_id,
      attachment_url: link,
      blob_path: blobPath(assignment_id ?? 'unassigned', subtype, `${event.trace_id}-${attachment_id}`, file_name),
      file_type: fileExtension(file_name),
      file_name,
      event_type: event.event_type,
      event_subtype: subtype,
      assignment_id,
      original_timestamp: event.timestamp,
    });
    tasks.set(attachment_id, task);
  }
  return [...tasks.values()];
}

/** The key of an attachment's records: all of its tries and results meet in one partition. */
export function attachmentKey({ trace_id, attachment_id }: Pick<DownloadTask, 'trace_id' | 'attachment_id'>): string {
  return `${trace_id}/${attachment_id}`;
}
