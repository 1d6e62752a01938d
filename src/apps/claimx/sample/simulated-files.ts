import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FileLinks } from './file-links.ts';
import type { World, WorldMedia } from './world.ts';

export interface FileScene {
  readonly world: World;
  readonly links: FileLinks;
  readonly nowMs: number;
}

/** The file host: checks the link, then streams content that depends on the media item alone. */
export async function serveFile(url: URL, { world, links, nowMs }: FileScene, response: ServerResponse): Promise<void> {
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
  response.writeHead(200, { 'content-type': media.contentType, 'content-length': media.sizeBytes });
  await pipeline(Readable.from(contentOf(media)), response);
}

/** The same bytes for the same media item, made piece by piece. */
export function* contentOf(media: WorldMedia): Generator<Buffer> {
  const pattern = Buffer.alloc(64 << 10, `${media.mediaId} ${media.fileName}\n`);
  for (let left = media.sizeBytes; left > 0; left -= pattern.length) {
    yield left < pattern.length ? pattern.subarray(0, left) : pattern;
  }
}
