import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileLinks } from './file-links.ts';
import type { World, WorldMedia } from './world.ts';

export interface FileScene {
  readonly world: World;
  readonly links: FileLinks;
  readonly nowMs: number;
  /** Goes wrong in the middle of the file: it stops coming, or the connection is cut. */
  readonly midway?: 'stall' | 'cut' | null;
}

const SLOW_PIECES = 10;
const SLOW_PAUSE_MS = 100;

/** The file host: checks the link, then streams content that depends on the media item alone. */
export async function serveFile(url: URL, scene: FileScene, response: ServerResponse): Promise<void> {
  const { world, links, nowMs, midway = null } = scene;
  const [, , projectId = '', mediaId = ''] = url.pathname.split('/').map(decodeURIComponent);
  const media = world.media.get(projectId)?.find((item) => item.mediaId === mediaId);
  const verdict = links.check(url, nowMs);
  if (verdict !== 'fine' || media?.fate === 'forbidden') {
    const message = verdict === 'expired' ? 'Request has expired' : 'Access Denied';
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`);
    return;
  }
  if (media === undefined || media.fate === 'gone') {
    response.writeHead(404, { 'content-type': 'application/xml' });
    response.end('<Error><Code>NoSuchKey</Code></Error>');
    return;
  }
  const lengthUnsaid = media.fate === 'oversized' && media.sizeBytes % 2 === 1;
  response.writeHead(200, {
    'content-type': media.contentType,
    ...(lengthUnsaid ? {} : { 'content-length': media.sizeBytes }),
  });
  if (midway !== null) {
    const half = Buffer.concat([...contentOf({ ...media, sizeBytes: Math.min(media.sizeBytes >> 1, 1 << 20) })]);
    response.write(half, () => midway === 'cut' && response.destroy());
    return;
  }
  await pipeline(Readable.from(media.fate === 'slow' ? slowly(media) : contentOf(media)), response);
}

async function* slowly(media: WorldMedia): AsyncGenerator<Buffer> {
  const whole = Buffer.concat([...contentOf(media)]);
  const piece = Math.ceil(whole.length / SLOW_PIECES);
  for (let at = 0; at < whole.length; at += piece) {
    if (at > 0) await sleep(SLOW_PAUSE_MS);
    yield whole.subarray(at, at + piece);
  }
}

/** The same bytes for the same media item, made piece by piece. */
export function* contentOf(media: WorldMedia): Generator<Buffer> {
  const pattern = Buffer.alloc(64 << 10, `${media.mediaId} ${media.fileName}\n`);
  for (let left = media.sizeBytes; left > 0; left -= pattern.length) {
    yield left < pattern.length ? pattern.subarray(0, left) : pattern;
  }
}
