import type { StageContext } from '../../../runtime/define-app.ts';
import { StreamsBuilder } from '../../../topology/builder.ts';
import type { Topology } from '../../../topology/topology.ts';
import { openStageMeter } from '../../shared/stage-meter.ts';
import { storeFiles } from '../../shared/store-files.ts';
import { tableSink } from '../../shared/table-sink.ts';
import type { XactConfig } from '../config.ts';
import { cachedDownloadSerde, downloadResultSerde } from '../serdes.ts';
import { xactTables } from '../tables.ts';
import { uploadAttachment, uploadedRow } from '../upload-attachment.ts';

/** Files in the cache → the lake's files → a row of xact_attachments and a result. */
export function uploadTopology(context: StageContext<XactConfig>): Topology {
  const { config, clock, openLake } = context;
  const lake = openLake(config.lake.files);
  const builder = new StreamsBuilder();

  storeFiles(builder, {
    topics: config.topics,
    downloads: config.downloads,
    meter: openStageMeter({ app: 'xact', stage: 'upload' }, context),
    upload: (cached) => uploadAttachment(cached, { lake, cacheDir: config.cacheDir, now: () => clock.now() }),
    inventory: tableSink(context, xactTables, 'xact_attachments', uploadedRow),
    cached: cachedDownloadSerde,
    result: downloadResultSerde,
  });

  return builder.build();
}
