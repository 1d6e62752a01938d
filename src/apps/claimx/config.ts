import { z } from 'zod';
import { parseSection } from '../shared/parse-section.ts';
import { retryBuckets, type RetryBuckets } from '../shared/retry-buckets.ts';
import {
  DOWNLOAD_DELAYS_MS,
  MINUTE,
  delayScale,
  delays,
  downloadSettings,
  eventhouseSettings,
  flushSettings,
  ingestSettings,
  lakeSettings,
  name,
  pauseAboveLag,
  whole,
} from '../shared/settings.ts';

/** The hosts that ClaimX media live on: its S3 buckets and its own file hosts. A leading dot: any host below. */
const DEFAULT_DOMAINS = [
  '.s3.amazonaws.com',
  '.s3.us-east-1.amazonaws.com',
  '.s3.us-west-2.amazonaws.com',
  'www.claimxperience.com',
  '.claimxperience.com',
];

/** Every setting of the application. The names of topics are the contract with other systems: change them with care. */
export const claimxConfigSchema = z.strictObject({
  topics: z
    .strictObject({
      eventsRaw: name('claimx.events.raw'),
      eventsDeadLetter: name('claimx.events.dlq'),
      enrichmentPending: name('claimx.enrichment.pending'),
      enrichmentDeadLetter: name('claimx.enrichment.dlq'),
      downloadsPending: name('claimx.downloads.pending'),
      downloadsCached: name('claimx.downloads.cached'),
      downloadsResults: name('claimx.downloads.results'),
      downloadsDeadLetter: name('claimx.downloads.dlq'),
    })
    .prefault({}),
  api: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).default('https://api.claimxperience.com'),
      /** Sent as `Authorization: <scheme> <token>`; never logged. */
      token: z.string().default(''),
      /** Sent as `Authorization: Basic …` where there is no token. */
      username: z.string().default(''),
      password: z.string().default(''),
      scheme: name('Basic'),
      maxConcurrent: whole(20),
      timeoutMs: whole(30_000),
      /** Tries of one call before it counts as failed, and the pause before the second. */
      attempts: whole(3),
      backoffMs: whole(200),
      breaker: z.strictObject({ failureThreshold: whole(5), resetMs: whole(30_000) }).prefault({}),
    })
    .prefault({}),
  eventhouse: eventhouseSettings({ query: 'ClaimXEvents', id: 'event_id' }),
  lake: lakeSettings('claimx'),
  /** Local folder for files between download and upload. */
  cacheDir: name('.topology-streams/cache/claimx'),
  ingest: ingestSettings,
  enrichment: z
    .strictObject({
      batchSize: whole(10),
      batchWaitMs: whole(1000),
      concurrency: whole(20),
      timeoutMs: whole(5 * MINUTE),
    })
    .prefault({}),
  downloads: downloadSettings(DEFAULT_DOMAINS),
  retry: z
    .strictObject({
      enrichmentDelaysMs: delays([5, 10, 20, 40].map((n) => n * MINUTE)),
      downloadDelaysMs: delays(DOWNLOAD_DELAYS_MS),
      delayScale,
      pauseAboveLag,
    })
    .prefault({}),
  flush: flushSettings,
});

export type ClaimxConfig = z.infer<typeof claimxConfigSchema>;

/** @throws CONFIG_INVALID naming each wrong field */
export function parseClaimxConfig(section: unknown): ClaimxConfig {
  return parseSection('claimx', claimxConfigSchema, section);
}

export function enrichmentBuckets({ topics, retry }: ClaimxConfig): RetryBuckets {
  return retryBuckets(topics.enrichmentPending, retry.enrichmentDelaysMs, 'm', retry);
}

export function downloadBuckets({ topics, retry }: ClaimxConfig): RetryBuckets {
  return retryBuckets(topics.downloadsPending, retry.downloadDelaysMs, 's', retry);
}
