import { z } from 'zod';

// Parts that the configurations of applications have in common: the same words mean the same everywhere.

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** A text that is not empty. */
export const name = (value: string, description: string) => z.string().min(1).default(value).meta({ description });
/** A whole number. */
export const whole = (value: number, description: string, min = 1) =>
  z.int().min(min).default(value).meta({ description });
const text = (value: string, description: string) => z.string().default(value).meta({ description });

/** The source of raw events: a table of Eventhouse (Kusto), polled by `topology poll`. `query` and `id` are its defaults. */
export const eventhouseSettings = ({ query, id }: { readonly query: string; readonly id: string }) =>
  z
    .strictObject({
      cluster: text('', '`https://….kusto.fabric.microsoft.com`; without it there is nothing to poll'),
      database: text('', 'Name of the database'),
      query: name(query, 'A table, with filters where only some rows are wanted'),
      id: name(id, "Column of the event's id"),
      cursor: z
        .string()
        .min(1)
        .exactOptional()
        .meta({ description: 'A datetime column that grows; default `ingestion_time()`' }),
      columns: z
        .record(z.string(), z.string())
        .default({})
        .meta({ description: 'Fields of the event whose columns have other names: `{ project_id: ProjectId }`' }),
      start: name('now', 'Where to begin the first time: `now`, or a datetime in UTC'),
      format: z
        .enum(['json', 'avro'])
        .default('json')
        .meta({ description: 'How events are written to the topic of raw events' }),
      pollIntervalMs: whole(10_000, 'How often it is asked when there is nothing new'),
      settleMs: whole(
        5000,
        'Nothing younger than this is read, since rows become visible a little after their time',
        0,
      ),
      overlapMs: whole(2 * MINUTE, 'How far each window goes back for rows that became visible late', 0),
      windowMs: whole(10 * MINUTE, 'Longest span of time that is asked for at a time'),
      maxBackfillMs: z
        .int()
        .min(1)
        .exactOptional()
        .meta({ description: 'Nothing older than this is read; default: no limit' }),
      pageRows: z
        .int()
        .min(1)
        .max(50_000)
        .default(5000)
        .meta({ description: 'Rows of one query and of one transaction' }),
      timeoutMs: whole(2 * MINUTE, 'For one query'),
    })
    .prefault({});

/** Where tables and files go. */
export const lakeSettings = (app: string) =>
  z
    .strictObject({
      tables: name('.topology-streams/lake', 'Folder, or address in Azure, with one folder for each Delta table'),
      files: name(`.topology-streams/files/${app}`, 'Folder, or address in Azure, that downloaded files are copied to'),
    })
    .prefault({});

/** How files are fetched, and from where alone. */
export const downloadSettings = (allowedDomains: string[]) =>
  z
    .strictObject({
      allowedDomains: z
        .array(z.string().min(1))
        .default(allowedDomains)
        .meta({ description: 'Hosts that files are fetched from, and no others; a leading dot: any host below' }),
      allowLoopback: z
        .boolean()
        .default(false)
        .meta({ description: 'Lets the loopback address through: for simulated services only' }),
      maxBytes: whole(5 * 2 ** 30, 'Larger files go to the dead letters'),
      cacheMaxBytes: whole(
        20 * 2 ** 30,
        'While the local folder holds this much, no further download begins: the uploads make room',
      ),
      cacheMaxAgeMs: whole(
        8 * 24 * 60 * MINUTE,
        'Files in the local folder that nobody has come for are deleted. Longer than the topic of cached downloads is kept',
      ),
      concurrency: whole(10, 'Files at the same time, for each task: of downloads, and of uploads'),
      responseTimeoutMs: whole(30_000, 'For the first byte of an answer, and between two pieces of a file'),
      timeoutMs: whole(15 * MINUTE, 'For one whole file'),
    })
    .prefault({});

export type DownloadSettings = z.infer<ReturnType<typeof downloadSettings>>;

export const ingestSettings = z
  .strictObject({
    dedupeMs: whole(24 * 60 * MINUTE, 'How long the id of an event is remembered, to drop its repetitions'),
  })
  .prefault({});

/** When tables are written: at so many rows, or so long after the first that waits. */
export const flushSettings = z
  .strictObject({
    rows: whole(5000, 'A table is written when so many rows wait for it'),
    intervalMs: whole(5000, 'Or so long after the first of them came'),
  })
  .prefault({});

export type FlushSettings = z.infer<typeof flushSettings>;

/** The delays of a retry branch, one for each further try. */
export const delays = (values: number[], description: string) =>
  z.array(z.int().min(1)).min(1).default(values).meta({ description });

export const DOWNLOAD_DELAYS_MS = [300, 600, 1200, 2400].map((n) => n * SECOND);

export const downloadDelays = delays(
  DOWNLOAD_DELAYS_MS,
  'Delays of the further tries of a download, one for each; they name the retry topics',
);

export const delayScale = z.number().positive().default(1).meta({
  description: 'Multiplies every delay, not the names of the topics: 0.001 turns 5 minutes into 0.3 s for a trial run',
});

/** Topics that both applications have. */
export const topicNames = (app: string) => ({
  eventsRaw: name(`${app}.events.raw`, 'Raw events, from outside or from `topology poll`'),
  eventsDeadLetter: name(`${app}.events.dlq`, 'Records that are no event'),
  downloadsPending: name(`${app}.downloads.pending`, 'Files to download; `.retry.<delay>` is added for further tries'),
  downloadsCached: name(`${app}.downloads.cached`, 'Files in the local cache'),
  downloadsResults: name(`${app}.downloads.results`, 'What became of each file'),
  downloadsDeadLetter: name(`${app}.downloads.dlq`, 'Files that were given up'),
});

export const cacheDir = (app: string) =>
  name(`.topology-streams/cache/${app}`, 'Local folder for files between download and upload');

/** Retries go on at half of it. */
export const pauseAboveLag = whole(
  10_000,
  'Retries wait while a stage is more than so many new records behind, counted for each partition; 0: they never wait',
  0,
);
