import { describe, expect, it } from 'vitest';
import {
  newCachedDownload,
  newDownloadTask,
  newEnrichmentResult,
  newEnrichmentTask,
  newEvent,
  newFailedDownload,
  newFailedEnrichment,
  newFailedEvent,
  newProjectRow,
  newUploadResult,
} from '../../../src/apps/claimx/schemas.generated.ts';
import * as serdes from '../../../src/apps/claimx/serdes.ts';
import type { Serde } from '../../../src/core/serde.ts';
import { roundTrip } from '../round-trip.ts';
import { NOW } from './fakes.ts';

const event = newEvent({ event_id: 'e-1', event_type: 'PROJECT_FILE_ADDED', project_id: 'p-1', ingested_at: NOW });
const enrichment = newEnrichmentTask({ event_id: 'e-1', event_type: 'X', project_id: 'p-1', created_at: NOW });
const download = newDownloadTask({
  media_id: 'm-1',
  project_id: 'p-1',
  download_url: 'https://x/a.jpg?sig=s',
  blob_path: 'p-1/media/m-1/a.jpg',
  created_at: NOW,
});
const failure = { error_category: 'permanent', error: 'gone', attempts: 1, failed_at: NOW } as const;
const cached = newCachedDownload({
  media_id: 'm-1',
  project_id: 'p-1',
  blob_path: 'p-1/media/m-1/a.jpg',
  cache_path: '/cache/a.jpg',
  bytes: 5,
  sha256: 'ab',
  downloaded_at: NOW,
});
const uploaded = newUploadResult({
  media_id: 'm-1',
  project_id: 'p-1',
  blob_path: 'p-1/media/m-1/a.jpg',
  status: 'success',
  bytes: 5,
  finished_at: NOW,
});

describe('the messages of claimx', () => {
  it('have what the planning documents give them, with their defaults', () => {
    expect(event).toEqual({
      event_id: 'e-1',
      event_type: 'PROJECT_FILE_ADDED',
      project_id: 'p-1',
      ingested_at: NOW,
      media_id: null,
      task_assignment_id: null,
      video_collaboration_id: null,
      master_file_name: null,
      raw_data: null,
    });
    expect(enrichment).toMatchObject({ event_id: 'e-1', project_id: 'p-1', retry_count: 0, created_at: NOW });
    expect(download).toMatchObject({
      file_type: '',
      file_name: '',
      source_event_id: '',
      retry_count: 0,
      expires_at: null,
    });
    expect(newFailedDownload({ media_id: 'm-1', project_id: 'p-1', task: download, ...failure })).toMatchObject({
      task: download,
      url_refresh_attempted: false,
    });
  });

  it.each<[string, Serde<never>, object]>([
    ['Event', serdes.eventSerde, event],
    ['EnrichmentTask', serdes.enrichmentTaskSerde, { ...enrichment, retry_count: 3 }],
    ['DownloadTask', serdes.downloadTaskSerde, { ...download, expires_at: NOW }],
    ['CachedDownload', serdes.cachedDownloadSerde, cached],
    ['UploadResult', serdes.uploadResultSerde, uploaded],
    [
      'FailedEnrichment',
      serdes.failedEnrichmentSerde,
      newFailedEnrichment({ event_id: 'e-1', event_type: 'X', project_id: 'p-1', task: enrichment, ...failure }),
    ],
    [
      'FailedDownload',
      serdes.failedDownloadSerde,
      newFailedDownload({
        media_id: 'm-1',
        project_id: 'p-1',
        task: download,
        ...failure,
        url_refresh_attempted: true,
      }),
    ],
    [
      'FailedEvent',
      serdes.failedEventSerde,
      newFailedEvent({
        reason: 'no event',
        error_code: 'DESERIALIZATION',
        payload: Buffer.from('x'),
        key: null,
        source_topic: 't',
        source_partition: 0,
        source_offset: 1,
        source_timestamp: NOW,
        failed_at: NOW,
      }),
    ],
    [
      'EnrichmentResult',
      serdes.enrichmentResultSerde,
      newEnrichmentResult({
        project_id: 'p-1',
        projects: [newProjectRow({ project_id: 'p-1', event_id: 'e-1', created_at: NOW, updated_at: NOW })],
        downloads: [download],
      }),
    ],
  ] as [string, Serde<never>, object][])('%s comes back from Avro as it was', async (_name, serde, message) => {
    expect(await roundTrip<object>(serde as unknown as Serde<object>, message)).toEqual(message);
  });
});
