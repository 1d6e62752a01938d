import { defineApp, type AppDefinition } from '../../runtime/define-app.ts';
import { sectionSchema } from '../shared/parse-section.ts';
import { claimxConfigSchema, parseClaimxConfig, type ClaimxConfig } from './config.ts';
import { claimxDeadLetters } from './dead-letters.ts';
import { eventhouseSource } from './eventhouse.ts';
import { openSample } from './sample/sample.ts';
import { downloaderTopology } from './stages/downloader.ts';
import { enricherTopology } from './stages/enricher.ts';
import { ingesterTopology } from './stages/ingester.ts';
import { resultProcessorTopology } from './stages/result-processor.ts';
import { uploaderTopology } from './stages/uploader.ts';

/** A commit each second: after a crash no more than that is asked of the API and downloaded again. */
const streams = { commitIntervalMs: 1000 };

/**
 * ClaimX: events in, enrichment through the API, downloads, Delta tables out.
 *
 *     claimx.events.raw ──▶ ingester ──▶ claimx_events
 *                              │ claimx.enrichment.pending
 *                              ▼
 *                           enricher ◀──▶ ClaimX API        ──▶ seven entity tables, claimx_event_log
 *                              │ claimx.downloads.pending
 *                              ▼
 *                          downloader ◀── file hosts
 *                              │ claimx.downloads.cached
 *                              ▼
 *                           uploader ──▶ files of the lake, claimx_attachments
 *                              │ claimx.downloads.results
 *                              ▼
 *                       result processor ──▶ claimx_attachments (final status), claimx_event_log (failures)
 */
export const claimx: AppDefinition<ClaimxConfig> = defineApp<ClaimxConfig>({
  name: 'claimx',
  description: 'ClaimX events: enrichment through the API, downloads of media, Delta tables',
  parseConfig: parseClaimxConfig,
  configSchema: () => sectionSchema(claimxConfigSchema),
  stages: [
    {
      name: 'ingester',
      description: 'raw events to claimx_events and enrichment tasks',
      applicationId: 'claimx-event-ingester-worker',
      streams,
      healthPort: 8084,
      topology: ingesterTopology,
    },
    {
      name: 'enricher',
      description: 'batches by project, the ClaimX API, the entity tables',
      applicationId: 'claimx-enrichment-worker',
      streams,
      healthPort: 8081,
      topology: enricherTopology,
    },
    {
      name: 'downloader',
      description: 'media into the local cache',
      applicationId: 'claimx-download-worker',
      streams,
      healthPort: 8082,
      topology: downloaderTopology,
    },
    {
      name: 'uploader',
      description: 'cached media into the lake, with its inventory',
      applicationId: 'claimx-upload-worker',
      streams,
      healthPort: 8083,
      topology: uploaderTopology,
    },
    {
      name: 'result-processor',
      description: 'final status of media and of events that failed',
      applicationId: 'claimx-result-processor',
      streams,
      healthPort: 8085,
      topology: resultProcessorTopology,
    },
  ],
  sources: [
    {
      name: 'eventhouse',
      description: 'events of Eventhouse to the topic of raw events',
      applicationId: 'claimx-eventhouse-poller',
      plan: eventhouseSource,
    },
  ],
  deadLetters: claimxDeadLetters,
  sample: openSample,
});

export default claimx;
