import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileLinks } from './file-links.ts';

/** How the file host treats a file. */
export type FileFate =
  /** The link works. */
  | 'fine'
  /** The link that is given first has expired; a fresh one works. */
  | 'expired-link'
  /** 403 even for a fresh link. */
  | 'forbidden'
  /** 404. */
  | 'gone'
  /** The link leads to a host outside the list of allowed domains. */
  | 'foreign-host'
  /** The link leads to an address inside the network (the classical SSRF attempt). */
  | 'private-address'
  /** A program under the name of a document. */
  | 'bad-type'
  /** It comes in small pieces, with pauses that are just short enough. */
  | 'slow'
  /** Larger than what is accepted; half of them do not say so before they come. */
  | 'oversized';

/** A file of the simulated host. */
export interface SampleFile {
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly fate: FileFate;
}

/** Files of these fates are stored where a link is asked for anew, at the first try or a later one. */
export const HAD: ReadonlySet<FileFate> = new Set(['fine', 'expired-link', 'slow']);

export interface LinkSigner {
  readonly links: FileLinks;
  readonly nowMs: number;
}

export interface FileScene extends LinkSigner {
  /** Goes wrong in the middle of the file: it stops coming, or the connection is cut. */
  readonly midway: 'stall' | 'cut' | null;
  /** The request's `Range`. A file never changes here, so `If-Range` need not be looked at. */
  readonly range?: string | undefined;
}

const SLOW_PIECES = 10;
const SLOW_PAUSE_MS = 100;

/** The file host: checks the link, then streams content that depends on the file alone. */
export async function serveFile(
  url: URL,
  id: string,
  file: SampleFile | undefined,
  { links, nowMs, midway, range }: FileScene,
  response: ServerResponse,
): Promise<void> {
  const verdict = links.check(url, nowMs);
  if (verdict !== 'fine' || file?.fate === 'forbidden') {
    const message = verdict === 'expired' ? 'Request has expired' : 'Access Denied';
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`);
    return;
  }
  if (file === undefined || file.fate === 'gone') {
    response.writeHead(404, { 'content-type': 'application/xml' });
    response.end('<Error><Code>NoSuchKey</Code></Error>');
    return;
  }
  const lengthUnsaid = file.fate === 'oversized' && file.sizeBytes % 2 === 1;
  const from = lengthUnsaid ? 0 : startOf(range, file);
  response.writeHead(from === 0 ? 200 : 206, {
    'content-type': file.contentType,
    ...(lengthUnsaid ? {} : { 'content-length': file.sizeBytes - from, etag: `"${id}"` }),
    ...(from === 0 ? {} : { 'content-range': `bytes ${from}-${file.sizeBytes - 1}/${file.sizeBytes}` }),
  });
  if (midway !== null) {
    const bytes = Math.min((file.sizeBytes - from) >> 1, 1 << 20);
    const half = Buffer.concat([...contentOf(id, { ...file, sizeBytes: from + bytes })]).subarray(from);
    response.write(half, () => midway === 'cut' && response.destroy());
    return;
  }
  const content = file.fate === 'slow' ? slowly(id, file) : contentOf(id, file);
  await pipeline(Readable.from(from === 0 ? content : behind(from, content)), response);
}

/** The first byte that a `Range` asks for; 0: the file from its beginning. */
function startOf(range: string | undefined, { sizeBytes }: SampleFile): number {
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  return from < sizeBytes ? from : 0;
}

async function* behind(from: number, content: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const piece of content) {
    if (at + piece.length > from) yield piece.subarray(Math.max(0, from - at));
    at += piece.length;
  }
}

async function* slowly(id: string, file: SampleFile): AsyncGenerator<Buffer> {
  const whole = Buffer.concat([...contentOf(id, file)]);
  const piece = Math.ceil(whole.length / SLOW_PIECES);
  for (let at = 0; at < whole.length; at += piece) {
    if (at > 0) await sleep(SLOW_PAUSE_MS);
    yield whole.subarray(at, at + piece);
  }
}

/** The same bytes for the same file, made piece by piece. */
export function* contentOf(id: string, file: SampleFile): Generator<Buffer> {
  const pattern = Buffer.alloc(64 << 10, `${id} ${file.fileName}\n`);
  for (let left = file.sizeBytes; left > 0; left -= pattern.length) {
    yield left < pattern.length ? pattern.subarray(0, left) : pattern;
  }
}

export interface LinkScene extends LinkSigner {
  readonly origin: string;
  /** How long the link works. */
  readonly ttlSeconds: number;
  /** Whether the link was asked for just now: then it has not expired. */
  readonly fresh: boolean;
}

/** A link to a file, as its fate wants it: one that has expired was signed too early. */
export function linkTo(path: string, fate: FileFate, scene: LinkScene): string {
  const { links, origin, nowMs, ttlSeconds, fresh } = scene;
  if (fate === 'foreign-host') return links.sign('https://files.example.net', path, nowMs, ttlSeconds);
  if (fate === 'private-address') return links.sign('http://169.254.169.254', path, nowMs, ttlSeconds);
  const old = fate === 'expired-link' && !fresh;
  return links.sign(origin, path, old ? nowMs - 2000 * ttlSeconds : nowMs, ttlSeconds);
}
