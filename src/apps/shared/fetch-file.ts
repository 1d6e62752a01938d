import { join, resolve } from 'node:path';
import type { HttpClient } from '../../http/client.ts';
import { download, type Download } from '../../http/download.ts';
import { HttpError } from '../../http/errors.ts';
import { isExpired } from '../../http/presigned-url.ts';
import { sanitizeUrl } from '../../http/sanitize-url.ts';
import type { UrlPolicy } from '../../http/url-policy.ts';
import { checkFileType } from './file-types.ts';
import { isInFolder } from './plain-path.ts';

export interface FetchFile {
  readonly client: HttpClient;
  readonly policy: UrlPolicy;
  readonly url: string;
  readonly fileName: string;
  /** The local folder, and the file's path below it. */
  readonly cacheDir: string;
  readonly path: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly nowMs: number;
}

/**
 * Fetches one file into the local cache: policy and type are checked before a byte is sent, and a link that says itself
 * that it has expired is not tried.
 *
 * @throws HttpError, see `download`
 */
export async function fetchFile(file: FetchFile): Promise<Download> {
  const { client, policy, url, fileName, maxBytes, signal, nowMs } = file;
  checkFileType(fileName, null);
  policy.check(url);
  if (isExpired(url, nowMs)) {
    const shown = sanitizeUrl(url);
    throw new HttpError('expired', `the link to ${shown} has expired`, { url: shown });
  }
  return download({
    client,
    policy,
    url,
    path: cachePath(file.cacheDir, file.path),
    maxBytes,
    signal,
    now: () => nowMs,
    accept: (contentType) => checkFileType(fileName, contentType),
  });
}

/** @throws HttpError `permanent` for a path that leads out of the cache: it came with a message */
export function cachePath(cacheDir: string, path: string): string {
  const file = join(resolve(cacheDir), path);
  if (!isInFolder(cacheDir, file)) throw new HttpError('permanent', 'the path of the file leads out of the cache');
  return resolve(file);
}
