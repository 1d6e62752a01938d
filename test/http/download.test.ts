import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient } from '../../src/http/client.ts';
import { download, type DownloadRequest } from '../../src/http/download.ts';
import { HttpError } from '../../src/http/errors.ts';
import { createUrlPolicy } from '../../src/http/url-policy.ts';

describe('download', () => {
  let folder: string;
  let client: HttpClient;
  let server: Server;
  let origin: string;
  let answer: RequestListener;
  const policy = createUrlPolicy({ allowedDomains: [], allowLoopback: true });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'download-'));
    client = createHttpClient({ lookup: policy.lookup, headersTimeoutMs: 2000, bodyTimeoutMs: 2000 });
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });
  const fetch = (options: Partial<DownloadRequest> = {}) =>
    download({ client, policy, url: `${origin}/file.jpg?sig=secret`, path: join(folder, 'a', 'file.jpg'), ...options });
  const failure = async (options: Partial<DownloadRequest> = {}): Promise<HttpError> => {
    const error: unknown = await fetch(options).catch((caught: unknown) => caught);
    if (error instanceof HttpError) return error;
    throw new Error('expected an HttpError');
  };
  const files = async (): Promise<string[]> =>
    (await readdir(folder, { recursive: true })).filter((n) => n.includes('.'));

  it('writes the file whole, and tells its size, type and hash', async () => {
    const content = Buffer.alloc(300_000, 'abc');
    answer = (_request, response) => response.setHeader('content-type', 'image/JPEG; q=1').end(content);
    const file = await fetch();
    expect(file).toMatchObject({ bytes: 300_000, contentType: 'image/jpeg' });
    expect(file.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    expect((await readFile(file.path)).equals(content)).toBe(true);
    expect(await files()).toEqual([join('a', 'file.jpg')]);
  });

  it('takes 64 MB through a few MB of memory', async () => {
    const piece = Buffer.alloc(1 << 20, 1);
    answer = (_request, response) => {
      let left = 64;
      const more = (): void => {
        while (left-- > 0) if (!response.write(piece)) return void response.once('drain', more);
        response.end();
      };
      more();
    };
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().arrayBuffers)), 2);
    const file = await fetch();
    clearInterval(watch);
    expect(file.bytes).toBe(64 << 20);
    expect(peak - before).toBeLessThan(32 << 20);
  });

  it.each([
    [403, '<Message>Request has expired</Message>', 'expired'],
    [403, 'Access Denied', 'expired'],
    [403, '', 'expired'],
    [401, '', 'expired'],
    [404, '', 'permanent'],
    [410, '', 'permanent'],
    [400, 'bad', 'permanent'],
    [429, '', 'transient'],
    [500, '', 'transient'],
    [503, '', 'transient'],
  ])('answers status %i (%s) as %s and leaves nothing behind', async (status, body, kind) => {
    answer = (_request, response) => response.writeHead(status, { 'retry-after': '7' }).end(body);
    const error = await failure();
    expect(error).toMatchObject({ kind, status, retryAfterMs: 7000 });
    expect(error.message).not.toContain('secret');
    expect(await files()).toEqual([]);
  });

  it('refuses a file above the limit by its declared size', async () => {
    answer = (_request, response) => response.end(Buffer.alloc(2000));
    expect(await failure({ maxBytes: 1000 })).toMatchObject({ kind: 'permanent' });
  });

  it('refuses a file above the limit that did not declare its size, and removes what it had', async () => {
    answer = (_request, response) => {
      response.write(Buffer.alloc(900));
      response.end(Buffer.alloc(900));
    };
    expect(await failure({ maxBytes: 1000 })).toMatchObject({ kind: 'permanent' });
    expect(await files()).toEqual([]);
  });

  it('refuses a type that is not wanted before it writes', async () => {
    answer = (_request, response) => response.setHeader('content-type', 'text/html').end('<html>');
    const accept = (type: string): void => {
      throw new HttpError('permanent', `no ${type}`);
    };
    expect((await failure({ accept })).message).toBe('no text/html');
    expect(await files()).toEqual([]);
  });

  it('calls a connection that is cut in the middle transient', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': 10_000 });
      response.write(Buffer.alloc(100));
      setImmediate(() => response.destroy());
    };
    expect(await failure()).toMatchObject({ kind: 'transient' });
    expect(await files()).toEqual([]);
  });

  it('leaves no file when the connection is cut at once, however often', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': 10_000 });
      response.write('x', () => response.destroy());
    };
    // Many at a time, so that opening a file and removing it wait for the same few threads.
    for (let i = 0; i < 5; i++) await Promise.all(Array.from({ length: 100 }, () => failure()));
    expect(await files()).toEqual([]);
  });

  it('follows a redirect that the policy allows', async () => {
    answer = (request, response) => {
      if (request.url?.startsWith('/file')) response.writeHead(302, { location: '/moved' }).end();
      else response.end('moved');
    };
    expect((await fetch()).bytes).toBe(5);
  });

  it.each(['http://169.254.169.254/latest/meta-data', 'https://evil.example/', 'file:///etc/passwd'])(
    'does not follow a redirect to %s',
    async (location) => {
      answer = (_request, response) => response.writeHead(302, { location }).end();
      expect(await failure()).toMatchObject({ kind: 'permanent' });
    },
  );

  it('gives up a loop of redirects', async () => {
    answer = (_request, response) => response.writeHead(302, { location: '/file' }).end();
    expect((await failure()).message).toContain('redirects too often');
  });

  it('ends when its signal is aborted', async () => {
    const stop = new AbortController();
    answer = (_request, response) => {
      response.writeHead(200);
      response.write('a');
      stop.abort();
    };
    expect(await failure({ signal: stop.signal })).toMatchObject({ kind: 'transient' });
    expect(await files()).toEqual([]);
  });

  it('does not connect to a name that resolves to a private address', async () => {
    const rebinding = createUrlPolicy({
      allowedDomains: ['files.example.com'],
      allowHttp: true,
      resolve: (_name, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    const pinned = createHttpClient({ lookup: rebinding.lookup });
    const error = await failure({ client: pinned, policy: rebinding, url: 'http://files.example.com/a.jpg' });
    expect(error).toMatchObject({ kind: 'permanent' });
    expect(error.message).toContain('127.0.0.1, which is not a public address');
    await pinned.close();
  });
});
