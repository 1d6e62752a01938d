import type { StageContext } from '../../../runtime/define-app.ts';
import { StreamsBuilder } from '../../../topology/builder.ts';
import type { Topology } from '../../../topology/topology.ts';
import { cacheOf } from '../../shared/cache-of.ts';
import { downloadFiles } from '../../shared/download-files.ts';
import { openFileHosts } from '../../shared/file-hosts.ts';
import { openStageMeter } from '../../shared/stage-meter.ts';
import { openApi } from '../api.ts';
import { downloadBuckets, type ClaimxConfig } from '../config.ts';
import { downloadMedia, failedDownload, nextDownload } from '../download-media.ts';
import { cachedDownloadSerde, downloadTaskSerde, failedDownloadSerde } from '../serdes.ts';

/**
 * Download tasks → files in the local cache → claimx.downloads.cached. Links come from data, so each one passes the URL
 * policy, and so does each address that its host resolves to. A link that has expired is asked for anew before the next
 * try.
 */
export function downloaderTopology(context: StageContext<ClaimxConfig>): Topology {
  const { config, clock } = context;
  const now = (): number => clock.now();
  const api = openApi('downloader', context);
  const { client, policy } = openFileHosts(context);
  const builder = new StreamsBuilder();

  downloadFiles(builder, {
    topics: config.topics,
    downloads: config.downloads,
    buckets: downloadBuckets(config),
    cache: cacheOf('claimx', context),
    meter: openStageMeter({ app: 'claimx', stage: 'downloader' }, context),
    download: (task, signal) => downloadMedia(task, { config, api, client, policy, now, signal }),
    next: nextDownload,
    toDeadLetter: failedDownload(now),
    task: downloadTaskSerde,
    cached: cachedDownloadSerde,
    failed: failedDownloadSerde,
  });

  return builder.build();
}
