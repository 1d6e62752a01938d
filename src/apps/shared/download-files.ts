import type { Serde } from '../../core/serde.ts';
import { failed, type Failure, type RetryOptions } from '../../processors/options.ts';
import { serdes } from '../../serdes/serdes.ts';
import type { StreamsBuilder } from '../../topology/builder.ts';
import type { KStream } from '../../topology/stream.ts';
import { classifyFailure } from './dead-letter.ts';
import type { FileCache } from './file-cache.ts';
import type { RetryBuckets } from './retry-buckets.ts';
import type { StageMeter } from './stage-meter.ts';
import type { DownloadSettings } from './settings.ts';

export interface DownloadFilesOptions<T, C extends { readonly bytes: number }, D> {
  readonly topics: {
    readonly downloadsPending: string;
    readonly downloadsCached: string;
    readonly downloadsDeadLetter: string;
  };
  readonly downloads: DownloadSettings;
  readonly buckets: RetryBuckets;
  readonly cache: FileCache;
  readonly meter: StageMeter;
  /** Fetches the file of a task into the cache. */
  readonly download: (task: T, signal: AbortSignal) => Promise<C>;
  readonly next: NonNullable<RetryOptions<string, T, D>['next']>;
  readonly toDeadLetter: NonNullable<RetryOptions<string, T, D>['toDeadLetter']>;
  readonly task: Serde<T>;
  readonly cached: Serde<C>;
  readonly failed: Serde<D>;
}

/** Download tasks → files in the local cache → the topic of cached downloads; failures → retry topics, dead letter. */
export function downloadFiles<T, C extends { readonly bytes: number }, D>(
  builder: StreamsBuilder,
  options: DownloadFilesOptions<T, C, D>,
): void {
  const { topics, downloads, buckets, cache, meter, download, next, toDeadLetter, task: value } = options;
  const key = serdes.string;
  const fetch = async (task: T, signal: AbortSignal): Promise<C> => {
    await cache.room(signal);
    const file = await meter.timed(() => download(task, signal));
    cache.added(file.bytes);
    return file;
  };
  const cached = builder.stream(topics.downloadsPending, { key, value, name: 'download-tasks' }).retry(
    {
      name: 'downloads',
      ...buckets,
      deadLetter: topics.downloadsDeadLetter,
      ...meter.retry({ classify: classifyFailure, next, toDeadLetter }),
      deadLetterValue: options.failed,
      key,
      value,
    },
    (attempts) =>
      attempts.mapAsync<C | Failure<T>>((task, _key, { signal }) => fetch(task, signal), {
        name: 'download',
        order: 'key',
        concurrency: downloads.concurrency,
        timeoutMs: downloads.timeoutMs,
        onError: failed,
        key,
        value,
      }),
  );
  // The retry takes the failures out, and a cached download is none.
  (cached as KStream<string, C>).to(topics.downloadsCached, { key, value: options.cached, name: 'downloads-cached' });
}
