import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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
  | 'bad-type';

/** A file of the simulated host. */
export interface SampleFile {
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly fate: FileFate;
}

export interface FileScene {
  readonly links: FileLinks;
  readonly nowMs: number;
}

/** The file host: checks the link, then streams content that depends on the file alone. */
export async function serveFile(
  url: URL,
  id: string,
  file: SampleFile | undefined,
  { links, nowMs }: FileScene,
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
  response.writeHead(200, { 'content-type': file.contentType, 'content-length': file.sizeBytes });
  await pipeline(Readable.from(contentOf(id, file)), response);
}

/** The same bytes for the same file, made piece by piece. */
export function* contentOf(id: string, file: SampleFile): Generator<Buffer> {
  const pattern = Buffer.alloc(64 << 10, `${id} ${file.fileName}\n`);
  for (let left = file.sizeBytes; left > 0; left -= pattern.length) {
    yield left < pattern.length ? pattern.subarray(0, left) : pattern;
  }
}

export interface LinkScene extends FileScene {
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
