import type { StageContext } from '../../../runtime/define-app.ts';
import { StreamsBuilder } from '../../../topology/builder.ts';
import type { Topology } from '../../../topology/topology.ts';
import { cacheOf } from '../../shared/cache-of.ts';
import { downloadFiles } from '../../shared/download-files.ts';
import { openFileHosts } from '../../shared/file-hosts.ts';
import { openStageMeter } from '../../shared/stage-meter.ts';
import { downloadBuckets, type XactConfig } from '../config.ts';
import { downloadAttachment, failedDownload, nextDownload } from '../download-attachment.ts';
import { cachedDownloadSerde, downloadTaskSerde, failedDownloadSerde } from '../serdes.ts';

/** Download tasks → files in the local cache → xact.downloads.cached; failures → retry topics, then the dead letter. */
export function downloadTopology(context: StageContext<XactConfig>): Topology {
  const { config, clock } = context;
  const now = (): number => clock.now();
  const hosts = openFileHosts(context);
  const builder = new StreamsBuilder();

  downloadFiles(builder, {
    topics: config.topics,
    downloads: config.downloads,
    buckets: downloadBuckets(config),
    cache: cacheOf('xact', context),
    meter: openStageMeter({ app: 'xact', stage: 'download' }, context),
    download: (task, signal) => downloadAttachment(task, { ...hosts, config, now, signal }),
    next: nextDownload,
    toDeadLetter: failedDownload(now),
    task: downloadTaskSerde,
    cached: cachedDownloadSerde,
    failed: failedDownloadSerde,
  });

  return builder.build();
}
