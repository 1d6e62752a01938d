import { createServer, type Server } from 'node:http';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/apps/shared/sample/random.ts';
import { isLoopbackAddress, isPublicAddress } from '../../src/http/addresses.ts';
import { createHttpClient, type HttpClient } from '../../src/http/client.ts';
import { download } from '../../src/http/download.ts';
import { HttpError } from '../../src/http/errors.ts';
import { isExpired, readPresignedUrl } from '../../src/http/presigned-url.ts';
import { sanitizeUrl } from '../../src/http/sanitize-url.ts';
import { createUrlPolicy, type UrlPolicy } from '../../src/http/url-policy.ts';
import { ADDRESSES, ALLOWED, HOSTILE_URLS, NAMES } from './hostile-urls.ts';

const policy = createUrlPolicy({ allowedDomains: ALLOWED });

/** What the policy says: a URL that it let through, or null. Fails the test on any error but a refusal. */
function ask(url: string, asked: UrlPolicy = policy): URL | null {
  try {
    return asked.check(url);
  } catch (error) {
    expect(error, url).toBeInstanceOf(HttpError);
    expect((error as HttpError).kind, url).toBe('permanent');
    return null;
  }
}

function isAllowed({ protocol, hostname, port, username, password }: URL): boolean {
  const host = hostname === 'files.example.com' || /^[a-z0-9._-]+\.s3\.amazonaws\.com$/.test(hostname);
  return host && protocol === 'https:' && port === '' && username === '' && password === '';
}

describe('hostile URLs', () => {
  it('are many', () => {
    expect(new Set(HOSTILE_URLS).size).toBeGreaterThan(400);
  });

  it('are refused, each of them', () => {
    expect(HOSTILE_URLS.filter((url) => ask(url) !== null)).toEqual([]);
  });

  it('are refused where http and other ports are allowed, too', () => {
    const lax = createUrlPolicy({ allowedDomains: ALLOWED, allowHttp: true, allowedPorts: [80, 443, 8080, 8443] });
    const through = HOSTILE_URLS.map((url) => ask(url, lax)).filter((url) => url !== null);
    expect(through.filter(({ hostname }) => hostname !== 'files.example.com')).toEqual([]);
  });

  it('of addresses are refused even where the list names the address', () => {
    const through = ADDRESSES.filter((address) => {
      const host = URL.canParse(`https://${address}/`) ? new URL(`https://${address}/`).hostname : address;
      const naming = createUrlPolicy({ allowedDomains: [address, host, host.replace(/^\[|\]$/g, '')] });
      return ask(`https://${address}/`, naming) !== null;
    });
    // Azure's wire server has a public address that only works inside Azure: nobody would put it into the list.
    expect(through).toEqual(['168.63.129.16']);
  });

  it('lose their credentials and queries in every message', () => {
    for (const url of [...HOSTILE_URLS, 'https://u:hunter2@evil.example/?X-Amz-Signature=hunter2#hunter2']) {
      expect(sanitizeUrl(`${url}?sig=hunter2`), url).not.toContain('hunter2');
      expect(() => policy.check(`${url}?sig=hunter2`), url).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }),
      );
    }
  });

  it('made at random from dangerous parts are refused, or are what they seem', () => {
    const random = createRandom(20_260_103);
    const parts: [string, ...string[]] = [
      'https',
      'http',
      'file',
      ':',
      '/',
      '//',
      '\\',
      '@',
      '?',
      '#',
      '.',
      '..',
      '%2e',
      '%2f',
      '%40',
      '%00',
      '\t',
      '\n',
      ' ',
      '。',
      '／',
      'files.example.com',
      'x.s3.amazonaws.com',
      'evil.example',
      'localhost',
      '127.0.0.1',
      '0x7f.1',
      '169.254.169.254',
      '[::1]',
      '[::ffff:a9fe:a9fe]',
      ':443',
      ':80',
      ':22',
      'user:pass@',
      'a',
      'xn--',
      '\u200b',
      '\u202e',
      '-',
      '_',
      '[',
      ']',
    ];
    let through = 0;
    for (let i = 0; i < 8000; i++) {
      const begin = random.pick(['https://', 'https://files.example.com', 'https://x.s3.amazonaws.com', 'https:', '']);
      const url = begin + Array.from({ length: random.int(0, 6) }, () => random.pick(parts)).join('');
      const answer = ask(url);
      if (answer === null) continue;
      through++;
      expect(isAllowed(answer), url).toBe(true);
    }
    // A property that nothing reaches would prove nothing.
    expect(through).toBeGreaterThan(200);
  });
});

describe('names that resolve to hostile addresses', () => {
  const literals = ADDRESSES.map((address) => address.replace(/^\[|\]$/g, '')).filter((address) =>
    /^[0-9a-f.:]+$/i.test(address),
  );
  const look = (addresses: readonly string[], all: boolean) =>
    new Promise<Error | null>((done) => {
      const rebinding = createUrlPolicy({
        allowedDomains: NAMES,
        resolve: (_name, answer) =>
          answer(
            null,
            addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
          ),
      });
      rebinding.lookup('files.example.com', { all }, (error) => done(error));
    });

  it('are refused when a connection is made, whatever they resolved to before', async () => {
    const more = ['fe80::1%eth0', '2606:4700::1%eth0', '::ffff:8.8.8.8', 'no address', ''];
    for (const address of [...literals, ...more].filter((it) => it !== '168.63.129.16')) {
      for (const all of [true, false]) {
        expect(await look([address], all), address).toMatchObject({ kind: 'permanent' });
        expect(await look(['93.184.216.34', address], all), address).toMatchObject({ kind: 'permanent' });
      }
    }
    expect(await look([], true)).toMatchObject({ kind: 'permanent' });
    expect(await look(['93.184.216.34', '2606:4700::1'], true)).toBeNull();
  });

  it('include nothing public or loopback that is only written like it', () => {
    for (const text of ['', 'localhost', '127.1', '0x7f.1', '::1%lo', '[::1]', '127.0.0.1 ', '8.8.8.8/8', '1', 'a.b']) {
      expect([isPublicAddress(text), isLoopbackAddress(text)], text).toEqual([false, false]);
    }
  });
});

describe('redirects', () => {
  let server: Server;
  let folder: string;
  let client: HttpClient;
  let location = '';
  let hits: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'redirects-'));
    hits = [];
    server = createServer((request, response) => {
      hits.push(request.url ?? '');
      response.writeHead(302, { location: Buffer.from(location).toString('latin1') });
      response.end();
    });
    await new Promise<void>((up) => server.listen(0, '127.0.0.1', up));
    client = createHttpClient();
  });
  afterEach(async () => {
    await client.close();
    server.closeAllConnections();
    await new Promise((down) => server.close(down));
    await rm(folder, { recursive: true });
  });

  it('to hostile places are not followed, and leave no file', async () => {
    const { port } = server.address() as AddressInfo;
    // The first step is a loopback address, as in a trial run; where a redirect leads is asked of the strict policy.
    const first = createUrlPolicy({ allowedDomains: [], allowLoopback: true });
    const relative = [
      '//evil.example/',
      '/\\evil.example/',
      '\\\\evil.example/',
      '////evil.example/',
      'http:/evil.example/',
    ];
    // What cannot be in a header does not arrive; what is relative stays on the host, which is then asked again.
    const targets = [...HOSTILE_URLS, ...relative].filter(
      (url) => !/\p{Cc}/u.test(url) && url.length < 4000 && /^[a-z][a-z0-9+.-]*:\/?\/|^[\\/]{2}/i.test(url),
    );
    expect(targets.length).toBeGreaterThan(400);
    for (const target of targets) {
      location = target;
      hits.length = 0;
      let asked = 0;
      const staged: UrlPolicy = { check: (url) => (asked++ === 0 ? first : policy).check(url), lookup: policy.lookup };
      const request = { client, policy: staged, url: `http://127.0.0.1:${port}/start`, path: join(folder, 'file') };
      await expect(download(request), target).rejects.toMatchObject({ kind: 'permanent' });
      expect(hits, target).toEqual(['/start']);
    }
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('presigned URLs', () => {
  it('that are made at random never throw, and say a time or none', () => {
    const random = createRandom(7);
    const names: [string, ...string[]] = [
      'X-Amz-Date',
      'X-Amz-Expires',
      'X-Amz-Signature',
      'Expires',
      'Signature',
      'systemDate',
      'expires',
    ];
    const values: [string, ...string[]] = [
      '20260103T193000Z',
      '20269999T999999Z',
      '900',
      '-1',
      '0',
      '9999999999999999',
      '99999999999999999999',
      '1e9',
      'NaN',
      '',
      '%',
      '%00',
      '2026-01-03',
      'yesterday',
      '1767468600',
      '1767468600000',
      '０９',
      ' 900',
      '0x10',
      'null',
      '{}',
      '9'.repeat(5000),
    ];
    for (let i = 0; i < 3000; i++) {
      const query = Array.from({ length: random.int(0, 5) }, () => `${random.pick(names)}=${random.pick(values)}`).join(
        '&',
      );
      const url = `https://files.example.com/a?${query}`;
      const { expiresAtMs } = readPresignedUrl(url);
      expect(expiresAtMs === null || Number.isFinite(expiresAtMs), url).toBe(true);
      expect(typeof isExpired(url, Date.now())).toBe('boolean');
    }
    for (const url of HOSTILE_URLS) expect(readPresignedUrl(url).expiresAtMs, url).toBeNull();
  });
});
