import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpClient, HttpResponse } from './client.ts';
import { classifyStatus, HttpError, toHttpError } from './errors.ts';
import { PartFile, tooLarge } from './part-file.ts';
import { backoffMs, parseRetryAfter } from './retry.ts';
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
  /**
   * How often a file that stops coming is asked for from there on (default 4), where the host names it by a strong ETag
   * (RFC 9110, 13.1.5: `Range` with `If-Range`). If the file is another one by then, it is fetched from its beginning.
   */
  readonly maxResumes?: number;
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
  const url = sanitizeUrl(request.url);
  const maxBytes = request.maxBytes ?? 5 * 2 ** 30;
  let response = await follow(request);
  let part: PartFile | null = null;
  try {
    let whole = await begin(response, request, maxBytes);
    part = await PartFile.open({ path: request.path, maxBytes, url });
    let failure = await take(response.body, part, whole, url);
    for (let resumes = 0; failure !== null; resumes++) {
      if (!mayResume(failure, part, whole, resumes, request)) throw failure;
      await sleep(backoffMs(resumes + 1), undefined, request.signal === undefined ? {} : { signal: request.signal });
      try {
        response = await askForRest(request, part.bytes, whole.etag);
      } catch (error) {
        failure = toHttpError(error, url);
        continue;
      }
      if (response.status !== 206) {
        whole = await begin(response, request, maxBytes);
        await part.restart();
      }
      failure = await take(response.body, part, whole, url);
    }
    const sha256 = await part.finish();
    return { path: request.path, bytes: part.bytes, sha256, contentType: whole.contentType };
  } catch (error) {
    response.body.on('error', () => undefined).destroy();
    await part?.discard();
    throw toHttpError(error, url);
  }
}

/** A file as its host describes it at the beginning. */
interface WholeFile {
  readonly contentType: string;
  /** null where the host does not say. */
  readonly bytes: number | null;
  /** What says that it is still the same file, byte for byte; null: there is no going on in its middle. */
  readonly etag: string | null;
}

/** @throws HttpError where this is no answer with a file, or with one that is not wanted */
async function begin(response: HttpResponse, request: DownloadRequest, maxBytes: number): Promise<WholeFile> {
  const url = sanitizeUrl(request.url);
  if (response.status !== 200) throw await refusal(response, url, request.now ?? Date.now);
  const contentType = (response.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  request.accept?.(contentType);
  const declared = Number(response.header('content-length') ?? Number.NaN);
  if (declared > maxBytes) throw tooLarge(url, maxBytes);
  const etag = response.header('etag') ?? '';
  // A weak one (W/"…") says that files are alike, not that they are the same.
  const strong = /^"[^"]*"$/.test(etag) && response.header('accept-ranges') !== 'none';
  return { contentType, bytes: Number.isNaN(declared) ? null : declared, etag: strong ? etag : null };
}

/** Writes what comes; null: the file is whole. */
async function take(body: Readable, part: PartFile, { bytes }: WholeFile, url: string): Promise<HttpError | null> {
  try {
    await part.append(body);
  } catch (error) {
    return toHttpError(error, url);
  }
  if (bytes === null || part.bytes === bytes) return null;
  return new HttpError('transient', `${url} ended after ${part.bytes} of ${bytes} bytes`, { url });
}

function mayResume(
  failure: HttpError,
  part: PartFile,
  { etag }: WholeFile,
  resumes: number,
  { maxResumes = 4, signal }: DownloadRequest,
): boolean {
  if (failure.kind !== 'transient' || part.broken || signal?.aborted === true) return false;
  return etag !== null && resumes < maxResumes;
}

/** Asks for what is missing: 206 with the rest, or 200 with another file. @throws HttpError: the link may have expired meanwhile */
async function askForRest(request: DownloadRequest, from: number, etag: string | null): Promise<HttpResponse> {
  const response = await follow(request, { range: `bytes=${from}-`, 'if-range': etag ?? '' });
  if (response.status === 200) return response;
  const url = sanitizeUrl(request.url);
  if (response.status !== 206) throw await refusal(response, url, request.now ?? Date.now);
  const range = response.header('content-range') ?? '';
  if (range.startsWith(`bytes ${from}-`) && (response.header('etag') ?? etag) === etag) return response;
  response.body.on('error', () => undefined).destroy();
  throw new HttpError('transient', `${url} answered with another part of the file than was asked for`, { url });
}

async function follow(request: DownloadRequest, headers: Readonly<Record<string, string>> = {}): Promise<HttpResponse> {
  let url = request.policy.check(request.url);
  for (let redirects = 0; ; redirects++) {
    const { client, signal } = request;
    const response = await client.send(url, { headers, ...(signal === undefined ? {} : { signal }) });
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
