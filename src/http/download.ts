import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { addAbortSignal } from 'node:stream';
import type { HttpClient, HttpResponse } from './client.ts';
import { classifyStatus, HttpError, toHttpError } from './errors.ts';
import { parseRetryAfter } from './retry.ts';
import { sanitizeUrl } from './sanitize-url.ts';
import type { UrlPolicy } from './url-policy.ts';

export interface DownloadRequest {
  readonly client: HttpClient;
  /** Asked for the URL and again for each redirect. */
  readonly policy: UrlPolicy;
  readonly url: string;
  /** Where the file goes. Appears whole or not at all: written beside it, then renamed. */
  readonly path: string;
  /** @throws HttpError `permanent` when this type of file is not wanted; called before the first byte is written */
  readonly accept?: (contentType: string) => void;
  /** More than this is refused, in bytes (default 5 GiB). */
  readonly maxBytes?: number;
  /** Default 3. */
  readonly maxRedirects?: number;
  readonly signal?: AbortSignal;
  /** For `Retry-After` dates (default Date.now). */
  readonly now?: () => number;
}

export interface Download {
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** Without parameters, lower case; the empty string when the server did not say. */
  readonly contentType: string;
}

/** In words of file hosts that a link is past its time, or no longer accepted. */
const EXPIRED = /expired|access\s*denied|request has expired|signature.*not match/i;

/**
 * Fetches a URL into a file. The body goes through in pieces, so memory is the same for 1 KB and for 5 GB.
 *
 * @throws HttpError `expired` for 401 or 403 of the host (a presigned URL carries its own rights, so a fresh one may
 *   work), `transient` for the network, 429 and 5xx, `permanent` for all else, size, type and policy included
 */
export async function download(request: DownloadRequest): Promise<Download> {
  const shown = sanitizeUrl(request.url);
  const response = await follow(request);
  try {
    if (response.status !== 200) throw await refusal(response, shown, request.now ?? Date.now);
    const contentType = (response.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    request.accept?.(contentType);
    const maxBytes = request.maxBytes ?? 5 * 2 ** 30;
    const declared = Number(response.header('content-length') ?? Number.NaN);
    if (declared > maxBytes) throw tooLarge(shown, maxBytes);
    return { ...(await save(response, request, maxBytes, shown)), contentType };
  } catch (error) {
    response.body.on('error', () => undefined).destroy();
    throw toHttpError(error, shown);
  }
}

async function follow(request: DownloadRequest): Promise<HttpResponse> {
  let url = request.policy.check(request.url);
  for (let redirects = 0; ; redirects++) {
    const response = await request.client.send(url, request.signal === undefined ? {} : { signal: request.signal });
    const location = response.header('location');
    if (response.status < 300 || response.status > 399 || location === undefined) return response;
    await response.discard();
    if (redirects >= (request.maxRedirects ?? 3)) {
      throw new HttpError('permanent', `${sanitizeUrl(request.url)} redirects too often`, { status: response.status });
    }
    let next: URL;
    try {
      next = new URL(location, url);
    } catch {
      throw new HttpError('permanent', `${sanitizeUrl(url)} redirects to something that is not a URL`);
    }
    url = request.policy.check(asWritten(location, url) ?? next.href);
  }
}

/** A location that names a host, as the server wrote it: parsed, it has lost what the policy refuses in a text. */
function asWritten(location: string, from: URL): string | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(location)) return location;
  return location.startsWith('//') ? from.protocol + location : null;
}

async function refusal(response: HttpResponse, url: string, now: () => number): Promise<HttpError> {
  const { status } = response;
  const text = await response.text(64 << 10).catch(() => '');
  const retryAfterMs = parseRetryAfter(response.header('retry-after'), now());
  const options = { status, url, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  if (status === 401 || status === 403 || (status === 400 && EXPIRED.test(text))) {
    const why = EXPIRED.test(text) ? 'the link has expired or access is denied' : 'access is forbidden';
    return new HttpError('expired', `${url} answered ${status}: ${why}`, options);
  }
  return new HttpError(classifyStatus(status), `${url} answered ${status}`, options);
}

async function save(
  response: HttpResponse,
  request: DownloadRequest,
  maxBytes: number,
  url: string,
): Promise<Omit<Download, 'contentType'>> {
  const { path, signal } = request;
  const part = `${path}.${randomUUID()}.part`;
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await openNew(part);
  try {
    if (signal) addAbortSignal(signal, response.body);
    for await (const piece of response.body as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > maxBytes) throw tooLarge(url, maxBytes);
      hash.update(piece);
      await writeAll(file, piece);
    }
    await file.close();
    await rename(part, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
  return { path, bytes, sha256: hash.digest('hex') };
}

/** Most folders are there already. */
async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    await mkdir(dirname(path), { recursive: true });
    return await open(path, 'wx');
  }
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
}

function tooLarge(url: string, maxBytes: number): HttpError {
  return new HttpError('permanent', `${url} is larger than ${maxBytes} bytes`, { url });
}
