import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient } from '../../src/http/client.ts';
import { download } from '../../src/http/download.ts';
import { createUrlPolicy } from '../../src/http/url-policy.ts';
import { startHttp, type HttpFixture } from '../apps/http-fixture.ts';

const MB = 1 << 20;
const FILE = 256 * MB;

describe('a file of 256 MB', () => {
  let folder: string;
  let http: HttpFixture;
  let client: HttpClient;
  const policy = createUrlPolicy({ allowedDomains: [], allowLoopback: true });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'large-'));
    client = createHttpClient({ lookup: policy.lookup });
    // The same piece again and again, as fast as it is taken: the sender's memory is small, too.
    const piece = Buffer.alloc(MB / 4, 'large');
    http = await startHttp((_request, response) => {
      response.writeHead(200, { 'content-length': FILE });
      let left = FILE;
      const more = (): void => {
        while (left > 0) {
          left -= piece.length;
          if (!response.write(piece)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
  });
  afterEach(async () => {
    await client.close();
    await http.close();
    await rm(folder, { recursive: true });
  });

  it('goes through a fraction of its size in resident memory', async () => {
    const fetch = (name: string) => download({ client, policy, url: http.origin, path: join(folder, name) });
    // The first one warms up what any download needs.
    await fetch('warm');
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
    const file = await fetch('measured');
    clearInterval(watch);
    expect(file.bytes).toBe(FILE);
    expect((await stat(file.path)).size).toBe(FILE);
    const grown = Math.round((peak - before) / MB);
    expect(grown, `${grown} MB more of resident memory`).toBeLessThan(96);
  }, 60_000);
});
