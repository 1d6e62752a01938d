import { deadLetterReason } from '../shared/dead-letter.ts';
import { fetchFile } from '../shared/fetch-file.ts';
import type { FileHosts } from '../shared/file-hosts.ts';
import { noOtherLink } from '../shared/no-other-link.ts';
import type { XactConfig } from './config.ts';
import {
  newCachedDownload,
  newFailedDownload,
  type CachedDownload,
  type DownloadTask,
  type FailedDownload,
} from './schemas.generated.ts';
import { shownLink } from './attachment-link.ts';

export interface DownloadContext extends FileHosts {
  readonly config: XactConfig;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * Fetches an attachment into the local cache. Its link came with the event and there is none but that: one that has
 * expired or is refused is given up at once.
 *
 * @throws HttpError
 */
export async function downloadAttachment(task: DownloadTask, context: DownloadContext): Promise<CachedDownload> {
  const { config, client, policy, now, signal } = context;
  try {
    const file = await fetchFile({
      client,
      policy,
      url: task.attachment_url,
      fileName: task.file_name,
      cacheDir: config.cacheDir,
      path: task.blob_path,
      maxBytes: config.downloads.maxBytes,
      signal,
      nowMs: now(),
    });
    return newCachedDownload({
      ...task,
      attachment_url: shownLink(task.attachment_url),
      cache_path: file.path,
      bytes: file.bytes,
      content_type: file.contentType === '' ? null : file.contentType,
      sha256: file.sha256,
      downloaded_at: now(),
    });
  } catch (error) {
    throw noOtherLink(error, 'and xact has no other link to the file');
  }
}

/** For `retry`: the task for the next try, with what the last one failed of. */
export function nextDownload(task: DownloadTask, attempt: number, failure: unknown): DownloadTask {
  const { error, error_category } = deadLetterReason(failure);
  // On its way to another try nothing is exhausted.
  const category = error_category === 'exhausted' ? 'transient' : error_category;
  return { ...task, retry_count: attempt, metadata: { ...task.metadata, error, error_category: category } };
}

/** For `retry`: the dead letter of a file that cannot be had. */
export function failedDownload(now: () => number) {
  return (task: DownloadTask, error: unknown, attempts: number): FailedDownload =>
    newFailedDownload({
      trace_id: task.trace_id,
      attachment_id: task.attachment_id,
      task,
      ...deadLetterReason(error),
      attempts,
      failed_at: now(),
    });
}
