import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newDownloadResult, type DownloadResult } from '../../../../src/apps/xact/schemas.generated.ts';
import { downloadResultSerde, failedDownloadSerde } from '../../../../src/apps/xact/serdes.ts';
import { xact } from '../../../../src/apps/xact/topology.ts';
import { driveStage } from '../../stage-driver.ts';
import { failureOf, NOW, taskOf } from '../fakes.ts';

const success = newDownloadResult({ ...taskOf(), status: 'success', bytes: 5, finished_at: NOW });

describe('the result processor', () => {
  let stage: Awaited<ReturnType<typeof driveStage>>;
  beforeEach(async () => {
    stage = await driveStage(xact, 'result-processor');
  });
  afterEach(() => stage.close());

  it('writes the final status, and does not take back that a file is stored', async () => {
    const results = await stage.input('xact.downloads.results', downloadResultSerde);
    const failures = await stage.input('xact.downloads.dlq', failedDownloadSerde);
    failures.pipe('t-1/a', failureOf());
    await stage.driver.settle();
    results.pipe('t-1/a', success);
    await stage.driver.settle();
    failures.pipe('t-1/a', failureOf());
    await stage.driver.settle();
    const statuses = stage.driver.readSink('inventory').map(({ value }) => (value as DownloadResult).status);
    expect(statuses).toEqual(['failed_permanent', 'success', 'success']);
  });

  it('counts successes and failures', async () => {
    (await stage.input('xact.downloads.results', downloadResultSerde)).pipe('t-1/a', success);
    (await stage.input('xact.downloads.dlq', failedDownloadSerde)).pipe('t-1/b', failureOf());
    await stage.driver.settle();
    const text = await stage.metrics.metrics();
    expect(text).toContain('xact_download_results_total{status="success"} 1');
    expect(text).toContain('xact_download_results_total{status="failed_permanent"} 1');
    expect(text).toContain('xact_download_results_total{status="failed_transient"} 0');
  });
});
