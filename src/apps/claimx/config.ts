import { z } from 'zod';
import { parseSection } from '../shared/parse-section.ts';
import { retryBuckets, type RetryBuckets } from '../shared/retry-buckets.ts';
import {
  MINUTE,
  cacheDir,
  delayScale,
  delays,
  downloadDelays,
  downloadSettings,
  eventhouseSettings,
  flushSettings,
  ingestSettings,
  lakeSettings,
  name,
  pauseAboveLag,
  topicNames,
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
      ...topicNames('claimx'),
      enrichmentPending: name(
        'claimx.enrichment.pending',
        'Events to enrich; `.retry.<delay>` is added for further tries',
      ),
      enrichmentDeadLetter: name('claimx.enrichment.dlq', 'Events whose enrichment was given up'),
    })
    .prefault({}),
  api: z
    .strictObject({
      url: z
        .url({ protocol: /^https?$/ })
        .default('https://api.claimxperience.com')
        .meta({ description: 'Address of the ClaimX API' }),
      token: z
        .string()
        .default('')
        .meta({ description: 'Sent as `Authorization: <scheme> <token>`; never logged. Secret' }),
      username: z
        .string()
        .default('')
        .meta({ description: 'Sent as `Authorization: Basic …` where there is no token' }),
      password: z.string().default('').meta({ description: 'Goes with `username`; never logged. Secret' }),
      scheme: name('Basic', 'Kind of authorization'),
      maxConcurrent: whole(20, 'Calls at the same time, for each thread of a stage'),
      timeoutMs: whole(30_000, 'For one call'),
      attempts: whole(3, 'Tries of one call before it counts as failed'),
      backoffMs: whole(200, 'Pause before the second try; it doubles'),
      breaker: z
        .strictObject({
          failureThreshold: whole(5, 'Failures in a row that open the circuit'),
          resetMs: whole(30_000, 'How long it stays open before one call is let through'),
        })
        .prefault({}),
    })
    .prefault({}),
  eventhouse: eventhouseSettings({ query: 'ClaimXEvents', id: 'event_id' }),
  lake: lakeSettings('claimx'),
  cacheDir: cacheDir('claimx'),
  ingest: ingestSettings,
  enrichment: z
    .strictObject({
      batchSize: whole(10, 'Events of a project that are enriched together, with one call for its media'),
      batchWaitMs: whole(1000, 'How long a batch waits to be full'),
      concurrency: whole(20, 'Batches at the same time, for each task'),
      timeoutMs: whole(5 * MINUTE, 'For one batch'),
    })
    .prefault({}),
  downloads: downloadSettings(DEFAULT_DOMAINS),
  retry: z
    .strictObject({
      enrichmentDelaysMs: delays(
        [5, 10, 20, 40].map((n) => n * MINUTE),
        'Delays of the further tries of an enrichment, one for each; they name the retry topics',
      ),
      downloadDelaysMs: downloadDelays,
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
