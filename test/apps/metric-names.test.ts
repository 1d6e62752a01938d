import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scrapedRun } from './scraped-run.ts';

/** What operators find, with the words of the planning documents for each. */
const BOTH: readonly (readonly [string, RegExp])[] = [
  [
    'messages_consumed',
    /^messages_consumed_total\{topic="\w+\.events\.raw",partition="0",consumer_group="[\w-]+"\} [1-9]/m,
  ],
  [
    'messages_produced',
    /^messages_produced_total\{topic="\w+\.downloads\.pending",partition="\d+",consumer_group="[\w-]+"\} \d/m,
  ],
  ['consumer_lag', /^consumer_lag\{topic="\w+\.events\.raw",partition="0",consumer_group="[\w-]+"\} 0$/m],
  ['errors by category', /^errors_total\{app="\w+",stage="[\w-]+",category="permanent"\} [1-9]/m],
  ['errors of malformed records', /^errors_total\{app="\w+",stage="[\w-]+",category="malformed"\} [1-9]/m],
  ['histogram of processing time', /^processing_seconds_bucket\{le="0.1",app="\w+",stage="[\w-]+"\} \d/m],
  ['its count', /^processing_seconds_count\{app="\w+",stage="upload\w*"\} [1-9]/m],
  ['retry counts', /^retries_total\{app="\w+",stage="[\w-]+",attempt="1"\} [1-9]/m],
  ['dead letters', /^dead_letters_total\{app="\w+",stage="[\w-]+",category="permanent"\} [1-9]/m],
  ['success of downloads', /^\w+_results_total\{status="success"\} [1-9]/m],
  ['failures of downloads', /^\w+_results_total\{status="failed_permanent"\} [1-9]/m],
  ['cache', /^download_cache_bytes\{app="\w+"\} \d/m],
  ['cache, evicted', /^download_cache_evicted_files_total\{app="\w+"\} 0$/m],
  ['retries that wait for new records', /^kafka_streams_stream_task_metrics_retries_paused\{.*\} 0$/m],
  ['records that wait for their time', /^kafka_streams_stream_task_metrics_delayed_records\{.*\} \d/m],
  ['processing time of a record', /^kafka_streams_stream_thread_metrics_process_latency_avg\{/m],
  ['dropped records', /^kafka_streams_stream_task_metrics_dropped_records_total\{/m],
];
const CLAIMX: typeof BOTH = [
  ['batch sizes', /^claimx_enrichment_batch_events_count\{stage="enricher"\} [1-9]/m],
  ['batch sizes, summed up', /^claimx_enrichment_batch_events_sum\{stage="enricher"\} [1-9]/m],
  ['API calls', /^claimx_api_calls_total\{stage="enricher",endpoint="project",outcome="200"\} [1-9]/m],
  ['API latency', /^claimx_api_seconds_total\{stage="enricher",endpoint="media",outcome="200"\} 0?\.?\d/m],
  ['circuit', /^claimx_api_circuit_open\{stage="enricher"\} \d/m],
  ['changes of the circuit', /^claimx_api_circuit_changes_total\{stage="enricher",state="open"\} \d/m],
];

describe.each([
  ['claimx', [...BOTH, ...CLAIMX]],
  ['xact', BOTH],
] as const)('the metrics of %s after a run', (app, names) => {
  let dir: string;
  let scraped = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'metrics-'));
    scraped = await scrapedRun(app, dir, '--events', '400', '--seed', '3');
  }, 120_000);
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it.each(names)('tell %s', (_what, pattern) => {
    expect(pattern.test(scraped), `${pattern.source} in\n${scraped.slice(0, 200)}`).toBe(true);
  });
});
