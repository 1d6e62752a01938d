import { readPresignedUrl } from '../../../http/presigned-url.ts';
import { blobPath } from '../../shared/blob-path.ts';
import { fileExtension } from '../../shared/file-types.ts';
import type { ApiMedia } from '../api-types.ts';
import { skipped, succeeded, type Outcome } from '../entities.ts';
import { mediaRow, ms, stampOf } from '../rows.ts';
import { newDownloadTask, type DownloadTask, type EnrichmentTask } from '../schemas.generated.ts';
import type { Handler } from './handler.ts';

/**
 * PROJECT_FILE_ADDED and PROJECT_MFN_ADDED: a row and a download for the media item that the event names, or for all of
 * the project where it names none. One call of the API for all events of the batch.
 */
export const mediaHandler: Handler = {
  name: 'media',
  handle: async (tasks, { api, projectId, signal, now }) => {
    const media = await api.getProjectMedia(projectId, { signal });
    const byId = new Map(media.map((item) => [item.mediaId, item]));
    return tasks.map((task) => outcome(task, task.media_id === null ? media : pick(byId, task.media_id), now()));
  },
};

function pick(byId: ReadonlyMap<string, ApiMedia>, mediaId: string): readonly ApiMedia[] {
  const item = byId.get(mediaId);
  return item === undefined ? [] : [item];
}

function outcome(task: EnrichmentTask, media: readonly ApiMedia[], nowMs: number): Outcome {
  if (media.length === 0) {
    return skipped(task, task.media_id === null ? 'the project has no media' : 'the media item is not in the project');
  }
  const stamp = stampOf(task, nowMs);
  const downloads = media.map((item) => downloadTask(item, task, nowMs)).filter((download) => download !== null);
  return succeeded(task, { media: media.map((item) => mediaRow(item, stamp, urlExpiry(item))) }, downloads);
}

/** null where the API gave no URL: there is nothing to fetch. */
export function downloadTask(media: ApiMedia, task: EnrichmentTask, nowMs: number): DownloadTask | null {
  const url = media.downloadUrl;
  if (url === null || url === undefined || url === '') return null;
  const fileName = media.fileName ?? '';
  return newDownloadTask({
    media_id: media.mediaId,
    project_id: media.projectId,
    download_url: url,
    blob_path: blobPath(media.projectId, 'media', media.mediaId, fileName),
    file_type: fileExtension(fileName),
    file_name: fileName,
    source_event_id: task.event_id,
    expires_at: urlExpiry(media),
    created_at: nowMs,
  });
}

/** What the API says, else what the URL itself says. */
export function urlExpiry(media: ApiMedia): number | null {
  const said = ms(media.expiresAt);
  if (said !== null || media.downloadUrl === null || media.downloadUrl === undefined) return said;
  return readPresignedUrl(media.downloadUrl).expiresAtMs;
}
