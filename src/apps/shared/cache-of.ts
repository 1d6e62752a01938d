import { counterFrom, gaugeFrom } from '../../observe/metrics.ts';
import type { StageContext } from '../../runtime/define-app.ts';
import { openFileCache, type FileCache } from './file-cache.ts';
import type { DownloadSettings } from './settings.ts';

type CacheContext = Pick<
  StageContext<{ readonly cacheDir: string; readonly downloads: DownloadSettings }>,
  'config' | 'clock' | 'logger' | 'metrics' | 'onClose'
>;

/** The cache of a stage that downloads, with its metrics. Its folder is not looked at before the first download. */
export function cacheOf(app: string, { config, clock, logger, metrics, onClose }: CacheContext): FileCache {
  const { cacheDir: dir, downloads } = config;
  const cache = openFileCache({
    dir,
    maxBytes: downloads.cacheMaxBytes,
    maxAgeMs: downloads.cacheMaxAgeMs,
    clock,
    onEvicted: (evicted) => logger.warn({ dir, ...evicted }, 'files of the cache that nobody came for were deleted'),
  });
  const labels = { app };
  const shown = [
    gaugeFrom(metrics, {
      name: 'download_cache_bytes',
      help: 'bytes of files between download and upload',
      labels,
      read: () => cache.bytes,
    }),
    gaugeFrom(metrics, {
      name: 'download_cache_files',
      help: 'files between download and upload',
      labels,
      read: () => cache.files,
    }),
    gaugeFrom(metrics, {
      name: 'download_cache_waiting',
      help: 'downloads that wait for room',
      labels,
      read: () => cache.waiting,
    }),
    counterFrom(metrics, {
      name: 'download_cache_evicted_files_total',
      help: 'files that were deleted because nobody came for them',
      labels,
      read: () => cache.evictedFiles,
    }),
  ];
  onClose(async () => {
    for (const hide of shown) hide();
    await cache.close();
  });
  return cache;
}
