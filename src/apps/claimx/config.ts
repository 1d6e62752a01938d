import { z } from 'zod';
import { StreamsError } from '../../core/errors.ts';

const name = (value: string) => z.string().min(1).default(value);
const whole = (value: number, min = 1) => z.int().min(min).default(value);

/** The hosts that ClaimX media live on: its S3 buckets and its own file hosts. A leading dot: any host below. */
const DEFAULT_DOMAINS = [
  '.s3.amazonaws.com',
  '.s3.us-east-1.amazonaws.com',
  '.s3.us-west-2.amazonaws.com',
  'www.claimxperience.com',
  '.claimxperience.com',
];

const MINUTE = 60_000;
const SECOND = 1000;

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
      scheme: name('Basic'),
      maxConcurrent: whole(20),
      timeoutMs: whole(30_000),
      /** Tries of one call before it counts as failed, and the pause before the second. */
      attempts: whole(3),
      backoffMs: whole(200),
      breaker: z.strictObject({ failureThreshold: whole(5), resetMs: whole(30_000) }).prefault({}),
    })
    .prefault({}),
  /** The source of raw events: a table of Eventhouse (Kusto), polled by `topology poll --app claimx`. */
  eventhouse: z
    .strictObject({
      /** `https://….kusto.fabric.microsoft.com`; without it there is nothing to poll. */
      cluster: z.string().default(''),
      database: z.string().default(''),
      /** A table with filters; see `KqlSourceOptions`. */
      query: name('ClaimXEvents'),
      /** Column of the event's id, and a datetime column that grows (default: `ingestion_time()`). */
      id: name('event_id'),
      cursor: z.string().min(1).exactOptional(),
      /** Fields of the event whose columns have other names: `{ project_id: ProjectId }`. */
      columns: z.record(z.string(), z.string()).default({}),
      /** Where to begin the first time: `now` or a datetime in UTC. */
      start: name('now'),
      format: z.enum(['json', 'avro']).default('json'),
      pollIntervalMs: whole(10_000),
      settleMs: whole(5000, 0),
      overlapMs: whole(2 * MINUTE, 0),
      windowMs: whole(10 * MINUTE),
      maxBackfillMs: z.int().min(1).exactOptional(),
      pageRows: z.int().min(1).max(50_000).default(5000),
      timeoutMs: whole(2 * MINUTE),
    })
    .prefault({}),
  lake: z
    .strictObject({
      /** Folder or URI that holds one folder for each Delta table. */
      tables: name('.topology-streams/lake'),
      /** Folder or URI that downloaded files are copied to. */
      files: name('.topology-streams/files/claimx'),
    })
    .prefault({}),
  /** Local folder for files between download and upload. */
  cacheDir: name('.topology-streams/cache/claimx'),
  ingest: z.strictObject({ dedupeMs: whole(24 * 60 * MINUTE) }).prefault({}),
  enrichment: z
    .strictObject({
      batchSize: whole(10),
      batchWaitMs: whole(1000),
      concurrency: whole(20),
      timeoutMs: whole(5 * MINUTE),
    })
    .prefault({}),
  downloads: z
    .strictObject({
      allowedDomains: z.array(z.string().min(1)).default(DEFAULT_DOMAINS),
      /** Lets the loopback address through: for simulated services only. */
      allowLoopback: z.boolean().default(false),
      maxBytes: whole(5 * 2 ** 30),
      concurrency: whole(10),
      /** For the first byte of an answer, and between two pieces of a file. */
      responseTimeoutMs: whole(30_000),
      /** For one whole file. */
      timeoutMs: whole(15 * MINUTE),
    })
    .prefault({}),
  retry: z
    .strictObject({
      enrichmentDelaysMs: z
        .array(z.int().min(1))
        .min(1)
        .default([5, 10, 20, 40].map((n) => n * MINUTE)),
      downloadDelaysMs: z
        .array(z.int().min(1))
        .min(1)
        .default([300, 600, 1200, 2400].map((n) => n * SECOND)),
      /** Multiplies every delay, not the names of the topics: 0.001 turns 5 minutes into 0.3 s for a trial run. */
      delayScale: z.number().positive().default(1),
    })
    .prefault({}),
  flush: z.strictObject({ rows: whole(5000), intervalMs: whole(5000) }).prefault({}),
});

export type ClaimxConfig = z.infer<typeof claimxConfigSchema>;

/** @throws CONFIG_INVALID naming each wrong field */
export function parseClaimxConfig(section: unknown): ClaimxConfig {
  const result = claimxConfigSchema.safeParse(section ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `claimx.${issue.path.map(String).join('.')}: ${issue.message}`);
  throw new StreamsError('CONFIG_INVALID', problems.join('; '));
}

/** The delays of a retry branch and its bucket topics: `claimx.enrichment.pending.retry.5m`, `….retry.300s`. */
export interface RetryBuckets {
  readonly delaysMs: readonly number[];
  readonly topics: readonly string[];
}

export function enrichmentBuckets({ topics, retry }: ClaimxConfig): RetryBuckets {
  return buckets(
    retry.enrichmentDelaysMs,
    retry.delayScale,
    (ms) => `${topics.enrichmentPending}.retry.${ms / MINUTE}m`,
  );
}

export function downloadBuckets({ topics, retry }: ClaimxConfig): RetryBuckets {
  return buckets(retry.downloadDelaysMs, retry.delayScale, (ms) => `${topics.downloadsPending}.retry.${ms / SECOND}s`);
}

function buckets(delaysMs: readonly number[], scale: number, topic: (ms: number) => string): RetryBuckets {
  return { delaysMs: delaysMs.map((ms) => Math.max(1, Math.round(ms * scale))), topics: delaysMs.map(topic) };
}
