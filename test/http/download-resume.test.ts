import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient } from '../../src/http/client.ts';
import { download, type Download, type DownloadRequest } from '../../src/http/download.ts';
import { createUrlPolicy } from '../../src/http/url-policy.ts';

const CONTENT = randomBytes(200_000);
const ETAG = '"v1"';

describe('a download that stops in the middle', () => {
  let folder: string;
  let client: HttpClient;
  let server: Server;
  let url: string;
  /** `Range` and `If-Range` of each request. */
  let asked: string[];
  let answers: ((request: IncomingMessage, response: ServerResponse) => void)[];
  const policy = createUrlPolicy({ allowedDomains: [], allowLoopback: true });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'resume-'));
    client = createHttpClient({ lookup: policy.lookup, headersTimeoutMs: 2000, bodyTimeoutMs: 300 });
    asked = [];
    server = createServer((request, response) => {
      asked.push(`${request.headers.range ?? 'all'} ${String(request.headers['if-range'] ?? '')}`.trim());
      (answers.shift() ?? rest)(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.jpg?sig=secret`;
  });
  afterEach(async () => {
    await client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  const get = (options: Partial<DownloadRequest> = {}): Promise<Download> =>
    download({ client, policy, url, path: join(folder, 'file.jpg'), ...options });
  const files = (): Promise<string[]> => readdir(folder);

  /** Sends the first half of what is asked for, then cuts the connection; or just sends nothing more. */
  const half =
    (headers: Record<string, string> = { etag: ETAG }, end: 'cut' | 'stall' = 'cut') =>
    (_request: IncomingMessage, response: ServerResponse): void => {
      response.writeHead(200, { 'content-length': CONTENT.length, ...headers });
      response.write(CONTENT.subarray(0, 100_000), () => {
        if (end === 'cut') response.socket?.end();
      });
    };
  const fromOf = (request: IncomingMessage): number =>
    Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
  /** A host that knows ranges. */
  function rest(request: IncomingMessage, response: ServerResponse): void {
    const from = fromOf(request);
    if (Number.isNaN(from)) return void response.writeHead(200, { etag: ETAG }).end(CONTENT);
    const range = `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}`;
    response.writeHead(206, { 'content-range': range, etag: ETAG }).end(CONTENT.subarray(from));
  }
  async function expectWhole(file: Download, content = CONTENT): Promise<void> {
    expect(file.bytes).toBe(content.length);
    expect(file.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    expect((await readFile(file.path)).equals(content)).toBe(true);
    expect(await files()).toEqual(['file.jpg']);
  }

  it.each(['cut', 'stall'] as const)('goes on from there, byte for byte, when it was a %s', async (end) => {
    answers = [half({ etag: ETAG }, end)];
    await expectWhole(await get());
    // What has come and was not written when the connection failed is asked for again.
    expect(asked).toEqual(['all', expect.stringMatching(/^bytes=\d+- "v1"$/)]);
  });

  it('goes on more than once, and when the host cannot be asked in between', async () => {
    const next = (request: IncomingMessage, response: ServerResponse): void => {
      const from = fromOf(request);
      const range = `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}`;
      response.writeHead(206, { 'content-range': range, 'content-length': CONTENT.length - from, etag: ETAG });
      response.write(CONTENT.subarray(from, from + 50_000), () => response.socket?.end());
    };
    answers = [
      half(),
      (_request, response) => response.destroy(),
      (_r, response) => response.writeHead(503).end(),
      next,
    ];
    await expectWhole(await get());
    expect(asked).toHaveLength(5);
    expect(new Set(asked.slice(1, 4)).size).toBe(1);
  });

  it('asks on where a host answers with less than the rest', async () => {
    let end = 0;
    const little = (request: IncomingMessage, response: ServerResponse): void => {
      const from = fromOf(request);
      end = from + 10;
      response.writeHead(206, { 'content-range': `bytes ${from}-${end - 1}/${CONTENT.length}`, etag: ETAG });
      response.end(CONTENT.subarray(from, end));
    };
    answers = [half(), little];
    await expectWhole(await get());
    expect(asked.at(-1)).toBe(`bytes=${end}- ${ETAG}`);
  });

  it('begins anew when the file has changed meanwhile, with the rules of a new file', async () => {
    const other = randomBytes(70_000);
    const types: string[] = [];
    answers = [
      half(),
      (_r, response) => response.writeHead(200, { etag: '"v2"', 'content-type': 'image/png' }).end(other),
    ];
    const file = await get({ accept: (type) => void types.push(type) });
    await expectWhole(file, other);
    expect([file.contentType, types]).toEqual(['image/png', ['', 'image/png']]);
    answers = [half(), (_r, response) => response.writeHead(200, { etag: '"v2"' }).end(other)];
    await expect(get({ maxBytes: 60_000, path: join(folder, 'b.jpg') })).rejects.toMatchObject({ kind: 'permanent' });
  });

  it.each([
    ['no ETag', {}],
    ['a weak ETag', { etag: 'W/"v1"' }],
    ['no ranges', { etag: ETAG, 'accept-ranges': 'none' }],
  ] satisfies [string, Record<string, string>][])(
    'fails where the host has %s: the next try begins anew',
    async (_what, headers) => {
      answers = [half(headers)];
      await expect(get()).rejects.toMatchObject({ kind: 'transient' });
      expect([asked, await files()]).toEqual([['all'], []]);
    },
  );

  it('does not put parts of two files together', async () => {
    const wrong = (shift: number, etag: string) => (request: IncomingMessage, response: ServerResponse) => {
      const from = fromOf(request) + shift;
      response.writeHead(206, { 'content-range': `bytes ${from}-${from + 99}/${CONTENT.length}`, etag });
      response.end(CONTENT.subarray(from, from + 100));
    };
    answers = [half(), wrong(1, ETAG), wrong(0, '"v2"')];
    await expectWhole(await get());
    expect(asked).toHaveLength(4);
  });

  it('says that the link has expired where it has meanwhile, and leaves nothing', async () => {
    answers = [half(), (_request, response) => response.writeHead(403).end('Request has expired')];
    const failure = get();
    await expect(failure).rejects.toMatchObject({ kind: 'expired', status: 403 });
    await expect(failure).rejects.not.toThrow('secret');
    expect(await files()).toEqual([]);
  });

  it('gives up after so many times', async () => {
    const nothing = (_request: IncomingMessage, response: ServerResponse): void => void response.destroy();
    answers = [half(), nothing, nothing, nothing];
    await expect(get({ maxResumes: 2 })).rejects.toMatchObject({ kind: 'transient' });
    expect([asked.length, await files()]).toEqual([3, []]);
  });

  it('asks the policy again where the rest is somewhere else', async () => {
    const away = (_request: IncomingMessage, response: ServerResponse): void =>
      void response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
    answers = [half(), away];
    await expect(get()).rejects.toMatchObject({ kind: 'permanent' });
    expect(await files()).toEqual([]);
  });
});
