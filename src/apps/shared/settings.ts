import { z } from 'zod';

// Parts that the configurations of applications have in common: the same words mean the same everywhere.

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** A text that is not empty. */
export const name = (value: string) => z.string().min(1).default(value);
/** A whole number. */
export const whole = (value: number, min = 1) => z.int().min(min).default(value);

/** The source of raw events: a table of Eventhouse (Kusto), polled by `topology poll`. `query` and `id` are its defaults. */
export const eventhouseSettings = ({ query, id }: { readonly query: string; readonly id: string }) =>
  z
    .strictObject({
      /** `https://….kusto.fabric.microsoft.com`; without it there is nothing to poll. */
      cluster: z.string().default(''),
      database: z.string().default(''),
      /** A table with filters; see `KqlSourceOptions`. */
      query: name(query),
      /** Column of the event's id, and a datetime column that grows (default: `ingestion_time()`). */
      id: name(id),
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
    .prefault({});

/** Where tables and files go. */
export const lakeSettings = (app: string) =>
  z
    .strictObject({
      /** Folder or URI that holds one folder for each Delta table. */
      tables: name('.topology-streams/lake'),
      /** Folder or URI that downloaded files are copied to. */
      files: name(`.topology-streams/files/${app}`),
    })
    .prefault({});

/** How files are fetched, and from where alone. */
export const downloadSettings = (allowedDomains: string[]) =>
  z
    .strictObject({
      allowedDomains: z.array(z.string().min(1)).default(allowedDomains),
      /** Lets the loopback address through: for simulated services only. */
      allowLoopback: z.boolean().default(false),
      maxBytes: whole(5 * 2 ** 30),
      /** While the local folder holds this much, no further download begins: the uploads make room. */
      cacheMaxBytes: whole(20 * 2 ** 30),
      /** Files in the local folder that nobody has come for are deleted. Longer than the topic of cached downloads is kept. */
      cacheMaxAgeMs: whole(8 * 24 * 60 * MINUTE),
      concurrency: whole(10),
      /** For the first byte of an answer, and between two pieces of a file. */
      responseTimeoutMs: whole(30_000),
      /** For one whole file. */
      timeoutMs: whole(15 * MINUTE),
    })
    .prefault({});

export type DownloadSettings = z.infer<ReturnType<typeof downloadSettings>>;

export const ingestSettings = z.strictObject({ dedupeMs: whole(24 * 60 * MINUTE) }).prefault({});

/** When tables are written: at so many rows, or so long after the first that waits. */
export const flushSettings = z.strictObject({ rows: whole(5000), intervalMs: whole(5000) }).prefault({});

export type FlushSettings = z.infer<typeof flushSettings>;

/** The delays of a retry branch, one for each further try. */
export const delays = (values: number[]) => z.array(z.int().min(1)).min(1).default(values);

export const DOWNLOAD_DELAYS_MS = [300, 600, 1200, 2400].map((n) => n * SECOND);

/**
 * Retries wait while a stage is more than so many new records behind, counted for each partition; 0: they never wait. They
 * go on at half of it.
 */
export const pauseAboveLag = whole(10_000, 0);

/** Multiplies every delay, not the names of the topics: 0.001 turns 5 minutes into 0.3 s for a trial run. */
export const delayScale = z.number().positive().default(1);
