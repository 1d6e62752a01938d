import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFileLinks } from '../../../../src/apps/shared/sample/file-links.ts';
import { contentOf, linkTo, serveFile, type SampleFile } from '../../../../src/apps/shared/sample/simulated-files.ts';
import { createHttpClient } from '../../../../src/http/client.ts';
import { download } from '../../../../src/http/download.ts';
import { createUrlPolicy } from '../../../../src/http/url-policy.ts';
import { startHttp } from '../../http-fixture.ts';

it.each(['fine', 'slow'] as const)(
  'a %s file that is cut on its way comes whole, the rest from there on',
  async (fate) => {
    const file: SampleFile = { fileName: 'a.jpg', contentType: 'image/jpeg', sizeBytes: 150_001, fate };
    const links = createFileLinks('secret');
    const ranges: (string | undefined)[] = [];
    let cuts = 2;
    const http = await startHttp((request, response) => {
      const { range } = request.headers;
      ranges.push(range);
      const midway = cuts-- > 0 ? 'cut' : null;
      void serveFile(
        new URL(request.url ?? '', http.origin),
        'f-1',
        file,
        { links, nowMs: 0, midway, range },
        response,
      );
    });
    const policy = createUrlPolicy({ allowedDomains: [], allowLoopback: true });
    const client = createHttpClient({ lookup: policy.lookup });
    const folder = await mkdtemp(join(tmpdir(), 'sample-file-'));
    const url = linkTo('/files/f-1', fate, { links, nowMs: 0, origin: http.origin, ttlSeconds: 60, fresh: true });
    const { path } = await download({ client, policy, url, path: join(folder, 'a.jpg') });
    expect((await readFile(path)).equals(Buffer.concat([...contentOf('f-1', file)]))).toBe(true);
    expect(ranges).toHaveLength(3);
    expect(ranges[2]).toMatch(/^bytes=\d+-$/);
    await client.close();
    await http.close();
    await rm(folder, { recursive: true });
  },
);
