import { createServer, type RequestListener, type Server } from 'node:http';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/apps/shared/sample/random.ts';
import { newCachedDownload } from '../../src/apps/claimx/schemas.generated.ts';
import { uploadMedia } from '../../src/apps/claimx/upload-media.ts';
import { blobPath, safeName } from '../../src/apps/shared/blob-path.ts';
import { cachePath, fetchFile } from '../../src/apps/shared/fetch-file.ts';
import { checkFileType } from '../../src/apps/shared/file-types.ts';
import { createHttpClient, type HttpClient } from '../../src/http/client.ts';
import { HttpError } from '../../src/http/errors.ts';
import { createUrlPolicy } from '../../src/http/url-policy.ts';
import { localLake } from '../../src/sinks/lake/local.ts';

const NAMES = [
  // Ways up and out.
  '.',
  '..',
  '...',
  '../..',
  '../../etc/passwd',
  '..\\..\\windows\\win.ini',
  '/etc/passwd',
  '//etc/passwd',
  '\\\\server\\share\\a',
  'C:\\windows\\a.jpg',
  'C:a.jpg',
  'c:/a.jpg',
  'file:///etc/passwd',
  '~/a.jpg',
  '~root',
  '$HOME/a.jpg',
  '%HOME%\\a.jpg',
  './a.jpg',
  'a/../../b.jpg',
  'a/./b.jpg',
  '..;/a.jpg',
  '....//a.jpg',
  '..././a.jpg',
  '.../...//a.jpg',
  '/..',
  '..\u0000/a.jpg',
  '. ./a.jpg',
  // Escaped, once and twice, badly, and in other encodings of a dot and a slash.
  '%2e%2e%2fa.jpg',
  '%2e%2e/a.jpg',
  '..%2fa.jpg',
  '..%5ca.jpg',
  '%252e%252e%252fa.jpg',
  '..%c0%afa.jpg',
  '..%ef%bc%8fa.jpg',
  '%u002e%u002e/a',
  '．．／a.jpg',
  '‥/a.jpg',
  '…/a.jpg',
  '..∕a.jpg',
  '..⁄a.jpg',
  '..＼a.jpg',
  '․․/a.jpg',
  '\u2024\u2024\u2215etc',
  // NUL and other controls, line ends, invisible and reordering characters.
  'a.jpg\u0000.exe',
  'a.exe\u0000.jpg',
  '\u0000',
  'a\nb.jpg',
  'a\r\nContent-Type: text/html.jpg',
  'a\tb.jpg',
  'a\u007f.jpg',
  'a\u0085.jpg',
  'a\u202Egpj.exe',
  'a\u202Eexe.jpg',
  '\u202E',
  'a\u2066b\u2069.jpg',
  'a\u200B.jpg',
  '\uFEFFa.jpg',
  'a\u00AD.jpg',
  'a\u2028b.jpg',
  'a\u061C.jpg',
  // Devices of Windows, its streams, and what it drops at the end of a name.
  'CON',
  'con.jpg',
  'PRN.txt',
  'aux',
  'AUX.tar.gz',
  'NUL',
  'nul.jpg',
  'COM1',
  'com9.jpg',
  'LPT1.txt',
  'COM¹',
  'com².jpg',
  'LPT³.txt',
  'CONIN$',
  'CONOUT$.jpg',
  'CLOCK$',
  'a.jpg::$DATA',
  'a.jpg:stream',
  'a.jpg.',
  'a.jpg ',
  'a.jpg...',
  ' a.jpg',
  'con .jpg',
  'con\u0000.jpg',
  '\\\\.\\PhysicalDrive0',
  '\\\\?\\C:\\a.jpg',
  'desktop.ini',
  'a<b>.jpg',
  'a|b.jpg',
  'a?b.jpg',
  'a*b.jpg',
  'a"b.jpg',
  'a:b.jpg',
  // Words for a shell, a page, a query, a template.
  '; rm -rf ~.jpg',
  '$(id).jpg',
  '`id`.jpg',
  '| id.jpg',
  '&& id.jpg',
  '-rf',
  '--help.jpg',
  '<script>alert(1)</script>.jpg',
  '"><img src=x>.jpg',
  "' OR 1=1 --.jpg",
  '{{7*7}}.jpg',
  '${7*7}.jpg',
  '%n%n%s.jpg',
  '=cmd|calc!A0.csv',
  '@SUM(1).csv',
  '+1.csv',
  // Names that a lake, a file system or a version control treats specially.
  '_delta_log',
  '.git',
  '.htaccess',
  '.ssh',
  '.env',
  '_SUCCESS',
  '.part',
  '_temporary',
  'a.jpg.part',
  '.hidden.jpg',
  '_x.jpg',
  // Too long, too deep, too strange.
  'a'.repeat(300),
  `${'a'.repeat(5000)}.jpg`,
  `${'é'.repeat(255)}.jpg`,
  `${'𝒳'.repeat(120)}.jpg`,
  '../'.repeat(1000),
  '\uD800.jpg',
  '\uDFFF\uD800',
  'a\u0301'.repeat(200),
  `${'\u0489'.repeat(500)}.jpg`,
  '👩‍👩‍👧‍👦.jpg',
  `a.${'b'.repeat(300)}`,
  '.'.repeat(400),
  '',
  ' ',
  '　',
] as const;

/** What a part of a path may look like: letters and digits of any script, and a few signs inside. */
const SAFE = /^[\p{L}\p{N}](?:[\p{L}\p{N}._-]*[\p{L}\p{N}])?$/u;
const DEVICE = /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(\.|$)/i;

/** Without lone halves of surrogate pairs. */
const isText = (text: string): boolean => !/\p{Surrogate}/u.test(text);

function expectSafePath(path: string, from: string): void {
  const parts = path.split('/');
  expect(parts, from).toHaveLength(4);
  for (const part of parts) {
    expect(part, from).toMatch(SAFE);
    expect(part, from).not.toMatch(DEVICE);
    expect(part, from).not.toContain('..');
    expect(Buffer.byteLength(part), from).toBeLessThanOrEqual(200);
    expect(isText(part), from).toBe(true);
  }
  expect(cachePath('/cache', path).startsWith(`/cache${sep}`), from).toBe(true);
}

describe('hostile file names', () => {
  it('become safe parts of a path, wherever they stand in it', () => {
    expect(NAMES.length).toBeGreaterThan(130);
    for (const name of NAMES) {
      expectSafePath(blobPath('p-1', 'media', 'm-1', name), name);
      expectSafePath(blobPath(name, name, name, name), name);
    }
  });

  it('stay apart from each other', () => {
    const paths = NAMES.filter((name) => name !== '').map((name) => safeName(name));
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('made at random become safe, and two become the same only where they are the same text', () => {
    const random = createRandom(99);
    const parts: [string, ...string[]] = [
      '..',
      '/',
      '\\',
      '.',
      ' ',
      'a',
      'é',
      'e\u0301',
      '\u0000',
      '\u202e',
      'con',
      'nul',
      '.jpg',
      '.exe',
      '%2e',
      '_',
      '-',
      '字',
      '\uD83D',
      '¹',
      'x'.repeat(90),
    ];
    const names = Array.from({ length: 2000 }, () =>
      Array.from({ length: random.int(1, 7) }, () => random.pick(parts)).join(''),
    );
    for (const name of names) expectSafePath(blobPath(name, 'media', name, name), name);
    // A lone half of a surrogate pair is no text: all of them are the same to a hash of UTF-8.
    const texts = new Set(names.filter(isText).map((name) => name.normalize('NFC')));
    const safe = new Set([...texts].map((name) => safeName(name)));
    expect(safe.size).toBe(texts.size);
  });
});

describe('paths that came with a message', () => {
  const escaping = [
    '..',
    '../a',
    '/',
    '',
    '.',
    './',
    'a/../..',
    'a/../../b',
    '../cache2/a',
    'a/..',
    'x\u0000.jpg',
    '\u0000',
  ];

  it.each(escaping)('%j do not lead out of the cache', (path) => {
    expect(() => cachePath('/tmp/cache', path)).toThrow(HttpError);
  });

  it('that begin with a slash lead into the cache all the same', () => {
    expect(cachePath('/tmp/cache', '/etc/passwd')).toBe('/tmp/cache/etc/passwd');
  });

  it('of an upload neither read nor remove a file outside of the cache, nor write outside of the lake', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'upload-paths-'));
    try {
      const secret = join(folder, 'secret.txt');
      await writeFile(secret, 'secret');
      const cacheDir = join(folder, 'cache');
      const lake = localLake(join(folder, 'lake'));
      const cached = (cache_path: string, blob_path: string) =>
        newCachedDownload({
          media_id: 'm-1',
          project_id: 'p-1',
          blob_path,
          file_type: 'txt',
          file_name: 'a.txt',
          source_event_id: 'e-1',
          cache_path,
          bytes: 6,
          sha256: '',
          retry_count: 0,
          downloaded_at: 0,
        });
      const outside = [
        secret,
        '/etc/passwd',
        join(cacheDir, '..', 'secret.txt'),
        '../secret.txt',
        cacheDir,
        `${cacheDir}2/a`,
        `${secret}\u0000`,
      ];
      for (const path of outside) {
        const result = await uploadMedia(cached(path, 'p-1/media/m-1/a.txt'), { lake, cacheDir, now: () => 0 });
        expect(result, path).toMatchObject({
          status: 'failed_permanent',
          error: 'the path of the file leads out of the cache',
        });
      }
      for (const path of [
        '../a.txt',
        '/a.txt',
        'p/../../a.txt',
        'p/./a',
        'p//a',
        '..\\a',
        'a\u0000',
        '',
        'p/_delta_log/..',
      ]) {
        const result = await uploadMedia(cached(join(cacheDir, 'a'), path), { lake, cacheDir, now: () => 0 });
        expect(result, path).toMatchObject({
          status: 'failed_permanent',
          error: 'the path of the file leads out of the lake',
        });
      }
      expect(await readFile(secret, 'utf8')).toBe('secret');
      expect(await readdir(folder)).toEqual(['secret.txt']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('hostile file types', () => {
  const programs =
    'exe com bat cmd ps1 psm1 vbs vbe js jse mjs wsf wsh hta lnk scr pif cpl msi msp dll sys drv ocx jar class war sh bash zsh py pyc rb pl php php5 phtml phar asp aspx jsp jspx cgi ' +
    'html htm xhtml shtml svg svgz mht mhtml swf xap chm reg inf url desktop app dmg pkg deb rpm apk ipa iso img vhd vhdx docm xlsm pptm dotm xltm xlam iqy rtf one wasm so dylib ' +
    'elf bin dat tar gz tgz bz2 xz 7z rar cab ace zst sql mdb key pem pfx env ini conf log bak';

  it.each(programs.split(' '))(
    '.%s is refused, in capitals, after another extension and after a dot too',
    (extension) => {
      for (const name of [
        `a.${extension}`,
        `A.${extension.toUpperCase()}`,
        `photo.jpg.${extension}`,
        `a..${extension}`,
      ]) {
        expect(() => checkFileType(name, null), name).toThrow(HttpError);
        expect(() => checkFileType(name, 'image/jpeg'), name).toThrow(HttpError);
      }
    },
  );

  const disguised = [
    'a.jpg.',
    'a.jpg ',
    'a.jpg\u0000',
    'a.exe\u0000',
    'a.jpg/',
    'a.jpg\\',
    'a.jpg::$DATA',
    'a.jpg;.exe',
    'a.jpg\n',
    'a.ｊpg',
    'a.jрg',
    'jpg',
    '.jpg',
    '/.jpg',
    'a.',
    '',
    '..',
    'a.jpg%00',
    'a.jpg?x',
    'a.jpg#x',
    'a.constructor',
    'a.__proto__',
    'a.toString',
    `a.${'j'.repeat(20)}`,
    'a\u202Egpj.exe',
    'photo of roof',
  ];
  it.each(disguised)('%j is no type that is allowed', (name) => {
    expect(() => checkFileType(name, null)).toThrow(HttpError);
  });

  const types =
    'text/html application/xhtml+xml image/svg+xml application/javascript text/javascript application/x-msdownload application/x-dosexec application/x-sh application/java-archive application/x-httpd-php text/x-python application/hta application/x-shockwave-flash multipart/form-data message/rfc822 text/xml video/mp4 image/png image/* */* jpeg image/jpeg2 image/jpegx';
  it.each([...types.split(' '), 'image/jpeg, text/html', ' image/jpeg', 'IMAGE/SVG', '__proto__', 'image/jpeg\u0000'])(
    'a photo of the content type %j is refused',
    (type) => {
      expect(() => checkFileType('photo.jpg', type)).toThrow(HttpError);
    },
  );

  it('a name with two extensions is what the last one says, and is stored under that', () => {
    expect(() => checkFileType('invoice.exe.pdf', 'application/pdf')).not.toThrow();
    expect(() => checkFileType('invoice.exe.pdf', 'application/x-msdownload')).toThrow(HttpError);
    expect(blobPath('p', 'media', 'm', 'invoice.exe.pdf')).toMatch(/\.pdf$/);
  });
});

describe('hostile bodies', () => {
  let server: Server | null = null;
  let folder: string;
  let client: HttpClient;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bodies-'));
    client = createHttpClient({ bodyTimeoutMs: 500, headersTimeoutMs: 500 });
  });
  afterEach(async () => {
    await client.close();
    server?.closeAllConnections();
    await new Promise((down) => server?.close(down));
    await rm(folder, { recursive: true });
  });
  const fetchFrom = async (answer: RequestListener, maxBytes = 10_000) => {
    const started = createServer(answer);
    server = started;
    await new Promise<void>((up) => started.listen(0, '127.0.0.1', up));
    const { port } = started.address() as AddressInfo;
    const policy = createUrlPolicy({ allowedDomains: [], allowLoopback: true });
    return fetchFile({
      client,
      policy,
      url: `http://127.0.0.1:${port}/a.jpg`,
      fileName: 'a.jpg',
      cacheDir: folder,
      path: 'a/a.jpg',
      maxBytes,
      signal: AbortSignal.timeout(5000),
      nowMs: Date.now(),
    });
  };
  const left = async () =>
    (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const jpeg = { 'content-type': 'image/jpeg' };

  it('that would grow when unpacked are stored as they came', async () => {
    const bomb = gzipSync(Buffer.alloc(8 << 20));
    const file = await fetchFrom((_request, response) => {
      response.writeHead(200, { ...jpeg, 'content-encoding': 'gzip' });
      response.end(bomb);
    });
    expect(file.bytes).toBe(bomb.length);
    expect(await readFile(file.path)).toEqual(bomb);
  });

  const lies: readonly (readonly [string, RequestListener])[] = [
    ['never ends', (_q, r) => (r.writeHead(200, jpeg), void setInterval(() => r.write(Buffer.alloc(1000)), 1).unref())],
    [
      'says less than it is',
      (_q, r) => (r.writeHead(200, { ...jpeg, 'content-length': 10 }), void r.socket?.end(Buffer.alloc(20_000))),
    ],
    ['says too much', (_q, r) => (r.writeHead(200, { ...jpeg, 'content-length': '1'.repeat(15) }), void r.write('x'))],
    [
      'says something that is no number',
      (_q, r) => void r.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\nx'),
    ],
    [
      'has both a length and chunks',
      (_q, r) => void r.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'),
    ],
    [
      'has a header that is too large',
      (_q, r) => void r.socket?.end(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`),
    ],
    ['is no HTTP', (_q, r) => void r.socket?.end('SSH-2.0-OpenSSH_9.0\r\n')],
    [
      'is a web page',
      (_q, r) => (r.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }), void r.end('<script>')),
    ],
    ['is a program', (_q, r) => (r.writeHead(200, { 'content-type': 'application/x-msdownload' }), void r.end('MZ'))],
    ['is a part', (_q, r) => (r.writeHead(206, { ...jpeg, 'content-range': 'bytes 5-9/10' }), void r.end('half'))],
    ['is nothing', (_q, r) => (r.writeHead(204), void r.end())],
    ['is sent as a redirect to nowhere', (_q, r) => (r.writeHead(302, { location: 'http://[' }), void r.end())],
    [
      'is an error that goes on and on',
      (_q, r) => (r.writeHead(500, jpeg), void setInterval(() => r.write(Buffer.alloc(10_000)), 1).unref()),
    ],
  ];
  it.each(lies)('one that %s fails as an HTTP exchange, and leaves no file', async (_what, answer) => {
    await expect(fetchFrom(answer)).rejects.toBeInstanceOf(HttpError);
    expect(await left()).toEqual([]);
  });
});
