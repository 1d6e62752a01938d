import type { HttpClient } from '../../http/client.ts';
import { HttpError } from '../../http/errors.ts';
import type { UrlPolicy } from '../../http/url-policy.ts';
import { safeName } from '../shared/blob-path.ts';
import { deadLetterReason } from '../shared/dead-letter.ts';
import { fetchFile } from '../shared/fetch-file.ts';
import { noOtherLink } from '../shared/no-other-link.ts';
import type { ClaimxApi } from './api-client.ts';
import type { ClaimxConfig } from './config.ts';
import {
  newCachedDownload,
  newFailedDownload,
  type CachedDownload,
  type DownloadTask,
  type FailedDownload,
} from './schemas.generated.ts';

export interface DownloadContext {
  readonly config: ClaimxConfig;
  readonly api: ClaimxApi;
  readonly client: HttpClient;
  readonly policy: UrlPolicy;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * Fetches a media item into the local cache. The first try uses the link that came with the task; each further one asks
 * the API for a fresh link. A link that is refused although it is fresh will not work later either.
 *
 * @throws HttpError
 */
export async function downloadMedia(task: DownloadTask, context: DownloadContext): Promise<CachedDownload> {
  const { config, client, policy, now, signal } = context;
  const fresh = task.retry_count > 0;
  const url = fresh ? await freshUrl(task, context) : task.download_url;
  try {
    const file = await fetchFile({
      client,
      policy,
      url,
      fileName: task.file_name,
      cacheDir: config.cacheDir,
      path: `${task.blob_path}.${safeName(task.source_event_id)}`,
      maxBytes: config.downloads.maxBytes,
      signal,
      nowMs: now(),
    });
    return newCachedDownload({
      media_id: task.media_id,
      project_id: task.project_id,
      blob_path: task.blob_path,
      file_type: task.file_type,
      file_name: task.file_name,
      source_event_id: task.source_event_id,
      cache_path: file.path,
      bytes: file.bytes,
      content_type: file.contentType === '' ? null : file.contentType,
      sha256: file.sha256,
      retry_count: task.retry_count,
      downloaded_at: now(),
    });
  } catch (error) {
    throw fresh ? noOtherLink(error, 'although the link is fresh') : error;
  }
}

async function freshUrl(task: DownloadTask, { api, signal }: DownloadContext): Promise<string> {
  const media = await api.getProjectMedia(task.project_id, { mediaId: task.media_id, signal });
  const url = media.find((item) => item.mediaId === task.media_id)?.downloadUrl;
  if (url === null || url === undefined || url === '') {
    throw new HttpError('permanent', `ClaimX has no link for media item ${task.media_id} any more`);
  }
  return url;
}

/** For `retry`: the task for the next try. */
export function nextDownload(task: DownloadTask, attempt: number, error: unknown): DownloadTask {
  const expired = error instanceof HttpError && error.kind === 'expired';
  return { ...task, retry_count: attempt, url_refresh_attempted: task.url_refresh_attempted || expired };
}

/** For `retry`: the dead letter of a file that cannot be had. */
export function failedDownload(now: () => number) {
  return (task: DownloadTask, error: unknown, attempts: number): FailedDownload =>
    newFailedDownload({
      media_id: task.media_id,
      project_id: task.project_id,
      task,
      ...deadLetterReason(error),
      url_refresh_attempted: task.url_refresh_attempted,
      attempts,
      failed_at: now(),
    });
}
