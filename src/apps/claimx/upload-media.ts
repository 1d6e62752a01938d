import type { Row } from '../../sinks/delta/row.ts';
import { failedStatus } from '../shared/dead-letter.ts';
import { uploadCached, type UploadContext } from '../shared/upload-file.ts';
import {
  newAttachmentRow,
  newUploadResult,
  type AttachmentRow,
  type CachedDownload,
  type FailedDownload,
  type UploadResult,
} from './schemas.generated.ts';

/** @throws LAKE_UNAVAILABLE: the same step may succeed later, so the record is not given up for it */
export async function uploadMedia(cached: CachedDownload, context: UploadContext): Promise<UploadResult> {
  const uploaded = await uploadCached(cached, context);
  return newUploadResult({
    media_id: cached.media_id,
    project_id: cached.project_id,
    blob_path: cached.blob_path,
    file_type: cached.file_type,
    file_name: cached.file_name,
    source_event_id: cached.source_event_id,
    ...uploaded,
    content_type: cached.content_type,
    sha256: cached.sha256,
    finished_at: context.now(),
  });
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
    status: failedStatus(failure.error_category),
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
