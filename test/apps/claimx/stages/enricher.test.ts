import type { RequestListener, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EnrichmentResult, FailedEnrichment } from '../../../../src/apps/claimx/schemas.generated.ts';
import { downloadTaskSerde, enrichmentTaskSerde, failedEnrichmentSerde } from '../../../../src/apps/claimx/serdes.ts';
import { claimx } from '../../../../src/apps/claimx/topology.ts';
import { startHttp, type HttpFixture } from '../../http-fixture.ts';
import { driveStage } from '../../stage-driver.ts';
import { taskOf } from '../fakes.ts';

const PENDING = 'claimx.enrichment.pending';
const MINUTE = 60_000;

describe('the enricher', () => {
  let http: HttpFixture;
  let answer: RequestListener;
  let done: EnrichmentResult[];
  let stage: Awaited<ReturnType<typeof driveStage>>;
  const json = (response: ServerResponse, status: number, body: unknown): void =>
    void response.writeHead(status).end(JSON.stringify(body));
  /** Knows every project, with one media item for each number. */
  const knowing: RequestListener = (request, response) => {
    const [, , , projectId = '', what] = (request.url ?? '').split('/');
    if (what === undefined) return json(response, 200, { projectId, projectName: 'Water' });
    const media = (i: number) => ({
      mediaId: `${projectId}-m${i}`,
      projectId,
      fileName: 'a.jpg',
      downloadUrl: 'https://x/a.jpg',
    });
    json(response, 200, what === 'media' ? Array.from({ length: 50 }, (_, i) => media(i)) : []);
  };

  beforeEach(async () => {
    answer = knowing;
    http = await startHttp((request, response) => answer(request, response));
    done = [];
  });
  const start = async (api: Record<string, unknown> = {}): Promise<void> => {
    stage = await driveStage(claimx, 'enricher', {
      api: { url: http.origin, attempts: 2, backoffMs: 1, breaker: { failureThreshold: 3, resetMs: 200 }, ...api },
      enrichment: { batchSize: 10, batchWaitMs: 1000 },
    });
  };
  afterEach(async () => {
    await stage.close();
    await http.close();
  });
  const results = (): EnrichmentResult[] => {
    done.push(...stage.driver.readSink('entities').map(({ value }) => value as EnrichmentResult));
    return done;
  };
  const eventsDone = (): string[] => results().flatMap(({ event_log }) => event_log.map(({ event_id }) => event_id));
  /** Until calls that are under way have ended. */
  const until = async (done: () => boolean): Promise<void> => {
    await expect
      .poll(
        async () => {
          await stage.driver.settle();
          return done();
        },
        { timeout: 18_000, interval: 10 },
      )
      .toBe(true);
  };
  /** What has come is in a batch by then, and the batch has waited long enough. */
  const closeBatches = async (): Promise<void> => {
    await stage.driver.settle();
    stage.driver.advanceWallClock(1000);
  };
  const mediaCalls = (project: string): number =>
    http.asked.filter((url) => url === `/export/project/${project}/media`).length;

  it('asks the API for media at most once for each project and batch', async () => {
    await start();
    const pending = await stage.input(PENDING, enrichmentTaskSerde);
    for (let i = 0; i < 40; i++) {
      const project_id = i % 2 === 0 ? 'p-1' : 'p-2';
      const type = i % 4 === 0 ? 'PROJECT_MFN_ADDED' : 'PROJECT_FILE_ADDED';
      pending.pipe(project_id, taskOf(type, { project_id, media_id: `${project_id}-m${i}` }));
    }
    pending.pipe('p-3', taskOf('PROJECT_FILE_ADDED', { project_id: 'p-3', media_id: 'p-3-m1' }));
    await closeBatches();
    await until(() => eventsDone().length === 41);
    expect(['p-1', 'p-2', 'p-3'].map(mediaCalls)).toEqual([2, 2, 1]);
    const downloads = (await stage.output('claimx.downloads.pending', downloadTaskSerde)).readAll();
    expect(new Set(downloads.map(({ key }) => key)).size).toBe(41);
    const metrics = await stage.metrics.metrics();
    expect(metrics).toContain('claimx_enrichment_batch_events_sum{stage="enricher"} 41');
    expect(metrics).toContain('claimx_enrichment_batch_events_count{stage="enricher"} 5');
    expect(metrics).toContain('processing_seconds_count{app="claimx",stage="enricher"} 5');
  });

  it('asks for a project that is not known before anything that names it, and then no more', async () => {
    await start();
    const pending = await stage.input(PENDING, enrichmentTaskSerde);
    const event = () => taskOf('PROJECT_FILE_ADDED', { media_id: 'p-1-m1' });
    pending.pipe('p-1', event());
    await closeBatches();
    await until(() => eventsDone().length === 1);
    expect(http.asked).toEqual(['/export/project/p-1', '/export/project/p-1/media']);
    expect(results()[0]?.projects).toMatchObject([{ project_id: 'p-1' }]);
    pending.pipe('p-1', event());
    await closeBatches();
    await until(() => eventsDone().length === 2);
    expect(http.asked.slice(2)).toEqual(['/export/project/p-1/media']);
  });

  it('waits while the circuit is open; after a crash no event is lost and none has used up a try', async () => {
    await start({ maxConcurrent: 1, attempts: 5, breaker: { failureThreshold: 1, resetMs: 2000 } });
    answer = (_request, response) => json(response, 503, {});
    const pending = await stage.input(PENDING, enrichmentTaskSerde);
    const tasks = Array.from({ length: 30 }, (_, i) => taskOf('PROJECT_CREATED', { project_id: `p-${i}` }));
    for (const task of tasks) pending.pipe(task.project_id, task);
    await closeBatches();
    const open = async () => /claimx_api_circuit_open\{stage="enricher"\} 1/.test(await stage.metrics.metrics());
    await expect.poll(open, { interval: 2 }).toBe(true);
    const asked = http.asked.length;
    await stage.driver.settle();
    // Open: nobody is asked, nothing comes out, nothing is given up.
    expect(http.asked.length).toBe(asked);
    expect(results()).toEqual([]);
    answer = knowing;
    // A new process: what was committed is what the topics and changelogs say.
    await stage.driver.crash();
    await until(() => eventsDone().length >= tasks.length);
    expect(new Set(eventsDone())).toEqual(new Set(tasks.map(({ event_id }) => event_id)));
    expect(results().flatMap(({ event_log }) => event_log.map((line) => line.retry_count))).toEqual(tasks.map(() => 0));
    const retried = await stage.output(`${PENDING}.retry.5m`, enrichmentTaskSerde);
    const dead = await stage.output('claimx.enrichment.dlq', failedEnrichmentSerde);
    expect([retried.size, dead.size]).toEqual([0, 0]);
  });

  it('tries again after 5, 10, 20 and 40 minutes, keeping the task and its times, then gives up with the original task', async () => {
    await start();
    answer = (_request, response) => json(response, 500, { long: 'x'.repeat(5000) });
    const task = taskOf('PROJECT_CREATED');
    const at = Date.now() - 7 * MINUTE;
    (await stage.input(PENDING, enrichmentTaskSerde)).pipe('p-1', task, { timestamp: at });
    const due: number[] = [];
    for (const [i, minutes] of [5, 10, 20, 40].entries()) {
      await closeBatches();
      const bucket = await stage.output(`${PENDING}.retry.${minutes}m`, enrichmentTaskSerde);
      await until(() => bucket.size === 1);
      const retry = bucket.read();
      expect(retry).toMatchObject({ key: 'p-1', timestamp: at, value: { ...task, retry_count: i + 1 } });
      const headers = Object.fromEntries((retry?.headers ?? []).map(({ key, value }) => [key, String(value)]));
      expect(headers['__streams.retry.timestamp']).toBe(String(at));
      expect(headers['__streams.retry.attempt']).toBe(String(i + 1));
      due.push(Number(headers['__streams.retry.due']));
      // Not a second too early.
      const asked = http.asked.length;
      stage.driver.advanceWallClock(minutes * MINUTE - 1000);
      stage.driver.advanceWallClock(999);
      await stage.driver.settle();
      expect(http.asked.length).toBe(asked);
      stage.driver.advanceWallClock(1);
    }
    await closeBatches();
    const dead = await stage.output('claimx.enrichment.dlq', failedEnrichmentSerde);
    await until(() => dead.size === 1);
    const letter = dead.read()?.value as FailedEnrichment;
    expect(letter).toMatchObject({
      task: { ...task, retry_count: 4 },
      error_category: 'exhausted',
      attempts: 5,
      http_status: 500,
    });
    expect(letter.error.length).toBeLessThan(300);
    expect(due.map((time, i) => i === 0 || time > (due[i - 1] ?? 0))).toEqual([true, true, true, true]);
    const metrics = await stage.metrics.metrics();
    for (const attempt of [1, 2, 3, 4]) {
      expect(metrics).toContain(`retries_total{app="claimx",stage="enricher",attempt="${attempt}"} 1`);
    }
    expect(metrics).toContain('errors_total{app="claimx",stage="enricher",category="transient"} 5');
    expect(metrics).toContain('dead_letters_total{app="claimx",stage="enricher",category="transient"} 1');
    expect(metrics).toMatch(/claimx_api_circuit_changes_total\{stage="enricher",state="open"\} [1-9]/);
  });

  it('gives up at once what the API will never answer', async () => {
    await start();
    answer = (_request, response) => json(response, 422, {});
    (await stage.input(PENDING, enrichmentTaskSerde)).pipe('p-1', taskOf('PROJECT_CREATED'));
    await closeBatches();
    const dead = await stage.output('claimx.enrichment.dlq', failedEnrichmentSerde);
    await until(() => dead.size === 1);
    expect(dead.read()?.value).toMatchObject({ error_category: 'permanent', http_status: 422, attempts: 1 });
    expect(http.asked).toHaveLength(1);
  });
});
