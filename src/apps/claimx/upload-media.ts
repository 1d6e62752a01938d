import type { Row } from '../../sinks/delta/row.ts';
import type { LakeStore } from '../../sinks/lake/lake-store.ts';
import { isInFolder, isPlainPath } from '../shared/plain-path.ts';
import { uploadFile } from '../shared/upload-file.ts';
import {
  newAttachmentRow,
  newUploadResult,
  type AttachmentRow,
  type CachedDownload,
  type FailedDownload,
  type UploadResult,
} from './schemas.generated.ts';

export interface UploadContext {
  readonly lake: LakeStore;
  /** The folder that files are uploaded from, and nothing outside of it. */
  readonly cacheDir: string;
  readonly now: () => number;
}

/** @throws LAKE_UNAVAILABLE: the same step may succeed later, so the record is not given up for it */
export async function uploadMedia(
  cached: CachedDownload,
  { lake, cacheDir, now }: UploadContext,
): Promise<UploadResult> {
  const { blob_path: path, cache_path: localPath, bytes } = cached;
  const wrong = wrongPath(cacheDir, localPath, path);
  const outcome = wrong === null ? await uploadFile(lake, { localPath, path, bytes }) : wrong;
  return newUploadResult({
    media_id: cached.media_id,
    project_id: cached.project_id,
    blob_path: path,
    file_type: cached.file_type,
    file_name: cached.file_name,
    source_event_id: cached.source_event_id,
    status: outcome === 'uploaded' ? 'success' : 'failed_permanent',
    bytes: outcome === 'uploaded' ? bytes : 0,
    content_type: cached.content_type,
    sha256: cached.sha256,
    error: outcome === 'uploaded' ? null : (wrong ?? 'the file is no longer in the cache and not in the lake'),
    finished_at: now(),
  });
}

/** Both paths came with a message, and an upload removes the file that it has copied. */
function wrongPath(cacheDir: string, localPath: string, path: string): string | null {
  if (!isInFolder(cacheDir, localPath)) return 'the path of the file leads out of the cache';
  return isPlainPath(path) ? null : 'the path of the file leads out of the lake';
}

/** A download that was given up, as the result that the way of the media item ends with. */
export function resultOfFailure({ task, ...failure }: FailedDownload): UploadResult {
  return newUploadResult({
    media_id: task.media_id,
    project_id: task.project_id,
    blob_path: task.blob_path,
    file_type: task.file_type,
    file_name: task.file_name,
    source_event_id: task.source_event_id,
    status: failure.error_category === 'exhausted' ? 'failed_transient' : 'failed_permanent',
    error: failure.error,
    finished_at: failure.failed_at,
  });
}

/**
 * The inventory's row as the uploader writes it: all but the final status, which is the result processor's to write.
 * The two merge into the same row in either order, since a merge leaves columns alone that it does not name.
 */
export function uploadedRow(result: UploadResult): Row {
  const { status: _status, error: _error, ...row } = inventoryRow(result);
  return row;
}

/** The inventory's row with its final status. */
export function inventoryRow(result: UploadResult): AttachmentRow {
  const stored = result.status === 'success';
  return newAttachmentRow({
    media_id: result.media_id,
    project_id: result.project_id,
    blob_path: result.blob_path,
    file_type: result.file_type,
    file_name: result.file_name,
    content_type: result.content_type,
    bytes: stored ? result.bytes : null,
    sha256: stored ? result.sha256 : null,
    status: stored ? 'completed' : 'failed',
    error: result.error,
    event_id: result.source_event_id,
    created_at: result.finished_at,
    updated_at: result.finished_at,
  });
}
