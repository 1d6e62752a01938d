import { z } from 'zod';
import { parseSection } from '../shared/parse-section.ts';
import { retryBuckets, type RetryBuckets } from '../shared/retry-buckets.ts';
import {
  DOWNLOAD_DELAYS_MS,
  delayScale,
  delays,
  downloadSettings,
  eventhouseSettings,
  flushSettings,
  ingestSettings,
  lakeSettings,
  name,
  pauseAboveLag,
} from '../shared/settings.ts';

/** The hosts that attachments live on: buckets of S3. A leading dot: any host below. */
const DEFAULT_DOMAINS = ['.s3.amazonaws.com', '.s3.us-east-1.amazonaws.com', '.s3.us-west-2.amazonaws.com'];

/** Every setting of the application. The names of topics are the contract with other systems: change them with care. */
export const xactConfigSchema = z.strictObject({
  topics: z
    .strictObject({
      eventsRaw: name('xact.events.raw'),
      eventsDeadLetter: name('xact.events.dlq'),
      downloadsPending: name('xact.downloads.pending'),
      downloadsCached: name('xact.downloads.cached'),
      downloadsResults: name('xact.downloads.results'),
      downloadsDeadLetter: name('xact.downloads.dlq'),
    })
    .prefault({}),
  eventhouse: eventhouseSettings({ query: 'XactEvents', id: 'trace_id' }),
  lake: lakeSettings('xact'),
  /** Local folder for files between download and upload. */
  cacheDir: name('.topology-streams/cache/xact'),
  ingest: ingestSettings,
  downloads: downloadSettings(DEFAULT_DOMAINS),
  retry: z.strictObject({ downloadDelaysMs: delays(DOWNLOAD_DELAYS_MS), delayScale, pauseAboveLag }).prefault({}),
  flush: flushSettings,
});

export type XactConfig = z.infer<typeof xactConfigSchema>;

/** @throws CONFIG_INVALID naming each wrong field */
export function parseXactConfig(section: unknown): XactConfig {
  return parseSection('xact', xactConfigSchema, section);
}

export function downloadBuckets({ topics, retry }: XactConfig): RetryBuckets {
  return retryBuckets(topics.downloadsPending, retry.downloadDelaysMs, 's', retry);
}
