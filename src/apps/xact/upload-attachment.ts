import type { Row } from '../../sinks/delta/row.ts';
import { failedStatus } from '../shared/dead-letter.ts';
import { uploadCached, type UploadContext } from '../shared/upload-file.ts';
import {
  newAttachmentRow,
  newDownloadResult,
  type AttachmentRow,
  type CachedDownload,
  type DownloadResult,
  type FailedDownload,
} from './schemas.generated.ts';
import { shownLink } from './attachment-link.ts';

/** @throws LAKE_UNAVAILABLE: the same step may succeed later, so the record is not given up for it */
export async function uploadAttachment(cached: CachedDownload, context: UploadContext): Promise<DownloadResult> {
  const uploaded = await uploadCached(cached, context);
  const error_category = uploaded.status === 'success' ? null : 'permanent';
  return newDownloadResult({ ...cached, ...uploaded, error_category, finished_at: context.now() });
}

/** A download that was given up, as the result that the way of the attachment ends with. */
export function resultOfFailure({ task, ...failure }: FailedDownload): DownloadResult {
  const { error, error_category, http_status } = failure;
  return newDownloadResult({
    ...task,
    attachment_url: shownLink(task.attachment_url),
    status: failedStatus(error_category),
    error,
    error_category,
    http_status,
    finished_at: failure.failed_at,
  });
}

/**
 * The inventory's row as the upload stage writes it: all but the final status, which is the result processor's to write.
 * The two merge into the same row in either order, since a merge leaves columns alone that it does not name.
 */
export function uploadedRow(result: DownloadResult): Row {
  const { status: _status, error: _error, error_category: _category, ...row } = inventoryRow(result);
  return row;
}

/** The inventory's row with its final status. */
export function inventoryRow(result: DownloadResult): AttachmentRow {
  const stored = result.status === 'success';
  return newAttachmentRow({
    ...result,
    bytes: stored ? result.bytes : null,
    sha256: stored ? result.sha256 : null,
    status: stored ? 'completed' : 'failed',
    created_at: result.finished_at,
    updated_at: result.finished_at,
  });
}
