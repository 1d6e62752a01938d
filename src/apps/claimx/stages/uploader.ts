import type { StageContext } from '../../../runtime/define-app.ts';
import { StreamsBuilder } from '../../../topology/builder.ts';
import type { Topology } from '../../../topology/topology.ts';
import { openStageMeter } from '../../shared/stage-meter.ts';
import { storeFiles } from '../../shared/store-files.ts';
import { tableSink } from '../../shared/table-sink.ts';
import type { ClaimxConfig } from '../config.ts';
import { cachedDownloadSerde, uploadResultSerde } from '../serdes.ts';
import { claimxTables } from '../tables.ts';
import { uploadedRow, uploadMedia } from '../upload-media.ts';

/** Files in the cache → the lake's files → a row of claimx_attachments and a result. */
export function uploaderTopology(context: StageContext<ClaimxConfig>): Topology {
  const { config, clock, openLake } = context;
  const lake = openLake(config.lake.files);
  const builder = new StreamsBuilder();

  storeFiles(builder, {
    topics: config.topics,
    downloads: config.downloads,
    meter: openStageMeter({ app: 'claimx', stage: 'uploader' }, context),
    upload: (cached) => uploadMedia(cached, { lake, cacheDir: config.cacheDir, now: () => clock.now() }),
    inventory: tableSink(context, claimxTables, 'claimx_attachments', uploadedRow),
    cached: cachedDownloadSerde,
    result: uploadResultSerde,
  });

  return builder.build();
}
