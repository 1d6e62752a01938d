import type { StageContext } from '../../../runtime/define-app.ts';
import { deltaTables } from '../../../sinks/delta/delta-tables.ts';
import { StreamsBuilder } from '../../../topology/builder.ts';
import type { Topology } from '../../../topology/topology.ts';
import type { ClaimxConfig } from '../config.ts';
import { flushOptions } from '../flush.ts';
import { cachedDownloadSerde, textKey, uploadResultSerde } from '../serdes.ts';
import { tableOptions } from '../tables.ts';
import { uploadedRow, uploadMedia } from '../upload-media.ts';

/** Files in the cache → the lake's files → a row of the inventory and a result. While the lake is away, nothing is given up. */
export function uploaderTopology(context: StageContext<ClaimxConfig>): Topology {
  const { config, clock, openLake } = context;
  const { topics, lake, downloads } = config;
  const files = openLake(lake.files);
  const builder = new StreamsBuilder();

  const results = builder
    .stream(topics.downloadsCached, { key: textKey, value: cachedDownloadSerde, name: 'cached-downloads' })
    .mapAsync((cached) => uploadMedia(cached, { lake: files, cacheDir: config.cacheDir, now: () => clock.now() }), {
      name: 'upload',
      order: 'key',
      concurrency: downloads.concurrency,
      timeoutMs: downloads.timeoutMs,
      attempts: 5,
      backoffMs: 500,
    });

  results
    .filter((result) => result.status === 'success', { name: 'uploaded' })
    .sinkTo(
      deltaTables({
        ...flushOptions(context),
        tables: { claimx_attachments: tableOptions(lake.tables, 'claimx_attachments') },
        order: ['claimx_attachments'],
        route: (result) => [{ table: 'claimx_attachments', row: uploadedRow(result) }],
      }),
      { name: 'attachments', key: textKey, value: uploadResultSerde },
    );
  results.to(topics.downloadsResults, { key: textKey, value: uploadResultSerde, name: 'downloads-results' });

  return builder.build();
}
