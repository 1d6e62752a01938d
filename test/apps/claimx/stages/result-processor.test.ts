import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  newDownloadTask,
  newFailedDownload,
  newFailedEnrichment,
  newUploadResult,
  type FailedDownload,
  type UploadResult,
} from '../../../../src/apps/claimx/schemas.generated.ts';
import { failedDownloadSerde, failedEnrichmentSerde, uploadResultSerde } from '../../../../src/apps/claimx/serdes.ts';
import { inventoryRow, uploadedRow } from '../../../../src/apps/claimx/upload-media.ts';
import { NOW, taskOf } from '../fakes.ts';
import { claimx } from '../../../../src/apps/claimx/topology.ts';
import { driveStage } from '../../stage-driver.ts';

const media = { media_id: 'm-1', project_id: 'p-1', blob_path: 'p-1/media/m-1/a.jpg' };
const success: UploadResult = newUploadResult({ ...media, status: 'success', bytes: 5, finished_at: NOW });
const failure: FailedDownload = newFailedDownload({
  media_id: 'm-1',
  project_id: 'p-1',
  task: newDownloadTask({ ...media, download_url: 'https://x/', created_at: NOW }),
  error_category: 'permanent',
  error: 'gone',
  attempts: 1,
  failed_at: NOW,
});

describe('the result processor', () => {
  let stage: Awaited<ReturnType<typeof driveStage>>;
  beforeEach(async () => {
    stage = await driveStage(claimx, 'result-processor');
  });
  afterEach(() => stage.close());
  const statuses = async () => {
    await stage.driver.settle();
    return stage.driver.readSink('inventory').map(({ value }) => (value as UploadResult).status);
  };

  it('writes the final status of a file that was stored, and of one that could not be had', async () => {
    (await stage.input('claimx.downloads.results', uploadResultSerde)).pipe('m-1', success);
    (await stage.input('claimx.downloads.dlq', failedDownloadSerde)).pipe('m-2', { ...failure, media_id: 'm-2' });
    expect(await statuses()).toEqual(['success', 'failed_permanent']);
  });

  it('does not call a stored file failed because another try for it failed', async () => {
    const results = await stage.input('claimx.downloads.results', uploadResultSerde);
    const failures = await stage.input('claimx.downloads.dlq', failedDownloadSerde);
    failures.pipe('m-1', failure);
    await stage.driver.settle();
    results.pipe('m-1', success);
    await stage.driver.settle();
    failures.pipe('m-1', failure);
    expect(await statuses()).toEqual(['failed_permanent', 'success', 'success']);
  });

  it('gives each event that was given up its line in the log', async () => {
    const task = { ...taskOf('PROJECT_CREATED'), retry_count: 4 };
    (await stage.input('claimx.enrichment.dlq', failedEnrichmentSerde)).pipe(
      'p-1',
      newFailedEnrichment({
        event_id: task.event_id,
        event_type: task.event_type,
        project_id: task.project_id,
        task,
        error_category: 'exhausted',
        error: 'down',
        attempts: 5,
        failed_at: NOW,
      }),
    );
    await stage.driver.settle();
    expect(stage.driver.readSink('failed-events')).toMatchObject([
      { value: { event_id: task.event_id, error: 'down' } },
    ]);
  });

  it('counts successes and failures', async () => {
    (await stage.input('claimx.downloads.results', uploadResultSerde)).pipe('m-1', success);
    await stage.driver.settle();
    const text = await stage.metrics.metrics();
    expect(text).toContain('claimx_download_results_total{status="success"} 1');
    expect(text).toContain('claimx_download_results_total{status="failed_permanent"} 0');
  });
});

describe('rows of the inventory', () => {
  it('may be merged in either order: the uploader leaves the status alone', () => {
    expect(uploadedRow(success)).not.toHaveProperty('status');
    expect({ ...inventoryRow(success), ...uploadedRow(success) }).toEqual(inventoryRow(success));
    expect(inventoryRow(success)).toMatchObject({ status: 'completed', bytes: 5 });
  });

  it('have no size and no hash for a file that could not be had', () => {
    const failed = newUploadResult({ ...media, status: 'failed_transient', error: 'down', finished_at: NOW });
    expect(inventoryRow(failed)).toMatchObject({ status: 'failed', bytes: null, sha256: null, error: 'down' });
  });
});
