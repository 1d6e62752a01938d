import type { Serde } from '../../core/serde.ts';
import { serdes } from '../../serdes/serdes.ts';
import type { SinkConnector } from '../../sinks/sink.ts';
import type { StreamsBuilder } from '../../topology/builder.ts';
import type { DownloadSettings } from './settings.ts';
import type { StageMeter } from './stage-meter.ts';

/** How the way of a file ended. */
export interface FileResult {
  readonly status: 'success' | 'failed_transient' | 'failed_permanent';
}

export interface StoreFilesOptions<C, R extends FileResult> {
  readonly topics: { readonly downloadsCached: string; readonly downloadsResults: string };
  readonly downloads: DownloadSettings;
  readonly meter: StageMeter;
  /** Copies a cached file into the lake. @throws LAKE_UNAVAILABLE, and is called again */
  readonly upload: (cached: C) => Promise<R>;
  readonly inventory: SinkConnector<string, R>;
  readonly cached: Serde<C>;
  readonly result: Serde<R>;
}

/** Files in the cache → the lake's files → a row of the inventory and a result. While the lake is away, nothing is given up. */
export function storeFiles<C, R extends FileResult>(builder: StreamsBuilder, options: StoreFilesOptions<C, R>): void {
  const { topics, downloads, meter, upload, inventory, result: value } = options;
  const key = serdes.string;
  const results = builder
    .stream(topics.downloadsCached, { key, value: options.cached, name: 'cached-downloads' })
    .mapAsync((cached) => meter.timed(() => upload(cached)), {
      name: 'upload',
      order: 'key',
      concurrency: downloads.concurrency,
      timeoutMs: downloads.timeoutMs,
      attempts: 5,
      backoffMs: 500,
    });
  results
    .filter((result) => result.status === 'success', { name: 'uploaded' })
    .sinkTo(inventory, { name: 'attachments', key, value });
  results.to(topics.downloadsResults, { key, value, name: 'downloads-results' });
}
