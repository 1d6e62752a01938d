import { createHttpClient } from '../../../http/client.ts';
import { createUrlPolicy } from '../../../http/url-policy.ts';
import { failed, type Failure } from '../../../processors/options.ts';
import type { StageContext } from '../../../runtime/define-app.ts';
import { StreamsBuilder } from '../../../topology/builder.ts';
import type { Topology } from '../../../topology/topology.ts';
import { classifyFailure } from '../../shared/dead-letter.ts';
import { openApi } from '../api.ts';
import { downloadBuckets, type ClaimxConfig } from '../config.ts';
import { downloadMedia, failedDownload, nextDownload } from '../download-media.ts';
import type { CachedDownload, DownloadTask } from '../schemas.generated.ts';
import { cachedDownloadSerde, downloadTaskSerde, failedDownloadSerde, textKey } from '../serdes.ts';

/**
 * Download tasks → files in the local cache → claimx.downloads.cached. Links come from data, so each one passes the URL
 * policy, and so does each address that its host resolves to. A link that has expired is asked for anew before the next
 * try.
 */
export function downloaderTopology(context: StageContext<ClaimxConfig>): Topology {
  const { config, clock, onClose } = context;
  const { topics, downloads } = config;
  const now = (): number => clock.now();
  const api = openApi('downloader', context);
  const policy = createUrlPolicy({
    allowedDomains: downloads.allowedDomains,
    allowLoopback: downloads.allowLoopback,
  });
  const client = createHttpClient({
    connectionsPerHost: downloads.concurrency,
    headersTimeoutMs: downloads.responseTimeoutMs,
    bodyTimeoutMs: downloads.responseTimeoutMs,
    lookup: policy.lookup,
  });
  onClose(() => client.close());
  const builder = new StreamsBuilder();

  builder
    .stream(topics.downloadsPending, { key: textKey, value: downloadTaskSerde, name: 'download-tasks' })
    .retry(
      {
        name: 'downloads',
        ...downloadBuckets(config),
        deadLetter: topics.downloadsDeadLetter,
        classify: classifyFailure,
        next: nextDownload,
        toDeadLetter: failedDownload(now),
        deadLetterValue: failedDownloadSerde,
        key: textKey,
        value: downloadTaskSerde,
      },
      (attempts) =>
        attempts.mapAsync<CachedDownload | Failure<DownloadTask>>(
          async (task, _mediaId, { signal }) => downloadMedia(task, { config, api, client, policy, now, signal }),
          {
            name: 'download',
            order: 'key',
            concurrency: downloads.concurrency,
            timeoutMs: downloads.timeoutMs,
            onError: failed,
            key: textKey,
            value: downloadTaskSerde,
          },
        ),
    )
    .to(topics.downloadsCached, { key: textKey, value: cachedDownloadSerde, name: 'downloads-cached' });

  return builder.build();
}
