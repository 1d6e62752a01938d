import { defineApp, type AppDefinition } from '../../runtime/define-app.ts';
import { sectionSchema } from '../shared/parse-section.ts';
import { xactConfigSchema, parseXactConfig, type XactConfig } from './config.ts';
import { xactDeadLetters } from './dead-letters.ts';
import { eventhouseSource } from './eventhouse.ts';
import { openSample } from './sample/sample.ts';
import { downloadTopology } from './stages/download.ts';
import { eventIngesterTopology } from './stages/event-ingester.ts';
import { resultProcessorTopology } from './stages/result-processor.ts';
import { uploadTopology } from './stages/upload.ts';

/** A commit each second: after a crash no more than that is downloaded again. */
const streams = { commitIntervalMs: 1000 };

/**
 * xact: events in, flat rows and their attachments out.
 *
 *     xact.events.raw ──▶ event ingester ──▶ xact_events (flat, by day)
 *                              │ xact.downloads.pending: one task for each attachment
 *                              ▼
 *                           download ◀── file hosts
 *                              │ xact.downloads.cached
 *                              ▼
 *                            upload ──▶ files of the lake, xact_attachments
 *                              │ xact.downloads.results
 *                              ▼
 *                       result processor ──▶ xact_attachments (final status)
 *
 * Links come with the events, so nothing has to be enriched: there is no stage for that.
 */
export const xact: AppDefinition<XactConfig> = defineApp<XactConfig>({
  name: 'xact',
  description: 'xact events: flat rows, downloads of attachments, Delta tables',
  parseConfig: parseXactConfig,
  configSchema: () => sectionSchema(xactConfigSchema),
  stages: [
    {
      name: 'event-ingester',
      description: 'raw events to flat rows of xact_events and download tasks',
      applicationId: 'xact-event-ingester-worker',
      streams,
      healthPort: 8094,
      topology: eventIngesterTopology,
    },
    {
      name: 'download',
      description: 'attachments into the local cache',
      applicationId: 'xact-download-worker',
      streams,
      healthPort: 8092,
      topology: downloadTopology,
    },
    {
      name: 'upload',
      description: 'cached attachments into the lake, with their inventory',
      applicationId: 'xact-upload-worker',
      streams,
      healthPort: 8093,
      topology: uploadTopology,
    },
    {
      name: 'result-processor',
      description: 'final status of attachments',
      applicationId: 'xact-result-processor',
      streams,
      healthPort: 8095,
      topology: resultProcessorTopology,
    },
  ],
  sources: [
    {
      name: 'eventhouse',
      description: 'events of Eventhouse to the topic of raw events',
      applicationId: 'xact-eventhouse-poller',
      plan: eventhouseSource,
    },
  ],
  deadLetters: xactDeadLetters,
  sample: openSample,
});

export default xact;
