import { describe, expect, it } from 'vitest';
import { HttpError } from '../../src/http/errors.ts';
import { createUrlPolicy, type ResolvedAddress } from '../../src/http/url-policy.ts';

const policy = createUrlPolicy({ allowedDomains: ['files.example.com', '.s3.amazonaws.com'] });

function reason(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    if (error instanceof HttpError && error.kind === 'permanent' && !error.retriable) return error.message;
    throw error;
  }
  return 'allowed';
}

describe('the URL policy', () => {
  it.each([
    'https://files.example.com/a?X-Amz-Signature=1',
    'https://FILES.example.COM/a',
    'https://files.example.com:443/a',
    'https://claims.s3.amazonaws.com/a/b.jpg',
    'https://a.b.s3.amazonaws.com/',
  ])('lets %s through', (url) => {
    expect(reason(() => policy.check(url))).toBe('allowed');
  });

  it.each([
    ['another host', 'https://evil.com/'],
    ['an allowed name as a prefix', 'https://files.example.com.evil.com/'],
    ['an allowed name as a suffix without a dot', 'https://evilfiles.example.com/'],
    ['a suffix without its dot', 'https://evils3.amazonaws.com/'],
    ['the suffix itself', 'https://s3.amazonaws.com/'],
    ['a trailing dot', 'https://files.example.com./'],
    ['credentials', 'https://user:secret@files.example.com/'],
    ['an allowed host as credentials', 'https://files.example.com@evil.com/'],
    ['an escaped at sign', 'https://files.example.com%40evil.com/'],
    ['an escaped dot', 'https://files%2eexample.com/'],
    ['an escaped slash', 'https://files.example.com%2f.evil.com/'],
    ['full-width letters', 'https://ｆiles.example.com/'],
    ['an ideographic full stop', 'https://files。example.com/'],
    ['a look-alike letter', 'https://filеs.example.com/'],
    ['an invisible character', 'https://files\u200b.example.com/'],
    ['a backslash', 'https://files.example.com\\@evil.com/'],
    ['a tab', 'https://files.exa\tmple.com/'],
    ['a line feed', 'https://files.example.com/\n'],
    ['leading space', ' https://files.example.com/'],
    ['a null byte', 'https://files.example.com\u0000.evil.com/'],
    ['plain http', 'http://files.example.com/'],
    ['a file', 'file:///etc/passwd'],
    ['ftp', 'ftp://files.example.com/'],
    ['gopher', 'gopher://files.example.com/'],
    ['data', 'data:text/plain,hello'],
    ['javascript', 'javascript:alert(1)'],
    ['no scheme', '//files.example.com/'],
    ['a path', '/etc/passwd'],
    ['nothing', ''],
    ['another port', 'https://files.example.com:8443/'],
    ['port 22', 'https://files.example.com:22/'],
    ['a port beyond all', 'https://files.example.com:99999/'],
  ])('refuses %s', (_what, url) => {
    expect(reason(() => policy.check(url))).toMatch(/^refused to fetch/);
  });

  // Listed by name, so that only the address rule can refuse them.
  const hosts = ['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0'];
  const more = ['224.0.0.1', '255.255.255.255', '198.18.0.1', '192.0.2.1'];
  const v6 = [
    '::1',
    '::',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'ff02::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::a00:1',
  ];
  const v6more = ['2001:db8::1', '2002:7f00:1::', '2001::1', '::7f00:1'];
  it.each([...hosts, ...more])('refuses the address %s even when it is in the list', (address) => {
    const lenient = createUrlPolicy({ allowedDomains: [address] });
    expect(reason(() => lenient.check(`https://${address}/`))).toContain('not a public address');
  });
  it.each([...v6, ...v6more])('refuses the address [%s] even when it is in the list', (address) => {
    const lenient = createUrlPolicy({ allowedDomains: [address] });
    expect(reason(() => lenient.check(`https://[${address}]/`))).toContain('not a public address');
  });
  it.each(['2130706433', '0x7f000001', '017700000001', '0x7f.1', '127.1', '0177.0.0.1', '127.0.0.1.'])(
    'sees through the numeric form %s of the loopback address',
    (host) => {
      const lenient = createUrlPolicy({ allowedDomains: ['127.0.0.1', host] });
      expect(reason(() => lenient.check(`https://${host}/`))).toMatch(/^refused to fetch/);
    },
  );
  it('lets a public address through that is in the list', () => {
    const lenient = createUrlPolicy({ allowedDomains: ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'] });
    expect(reason(() => lenient.check('https://93.184.215.14/'))).toBe('allowed');
    expect(reason(() => lenient.check('https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/'))).toBe('allowed');
  });

  it('never repeats the query or credentials in its message', () => {
    const message = reason(() => policy.check('https://user:secret@evil.com/x?X-Amz-Signature=topsecret#frag'));
    expect(message).not.toMatch(/secret|frag/);
  });

  it('lets the loopback address through only where that is said', () => {
    const open = createUrlPolicy({ allowedDomains: [], allowLoopback: true });
    expect(reason(() => open.check('http://127.0.0.1:8080/a'))).toBe('allowed');
    expect(reason(() => open.check('http://[::1]:8080/a'))).toBe('allowed');
    expect(reason(() => open.check('http://10.0.0.1:8080/a'))).toContain('refused');
    expect(reason(() => open.check('http://169.254.169.254/latest/meta-data'))).toContain('refused');
    expect(reason(() => policy.check('http://127.0.0.1:8080/a'))).toContain('refused');
  });

  it('lets http through where that is said, on its own port', () => {
    const open = createUrlPolicy({ allowedDomains: ['files.example.com'], allowHttp: true });
    expect(reason(() => open.check('http://files.example.com/a'))).toBe('allowed');
    expect(reason(() => open.check('http://files.example.com:8080/a'))).toContain('port 8080');
  });
});

describe('the pinned look-up', () => {
  const lookUp = (addresses: readonly ResolvedAddress[], options: { allowLoopback?: boolean } = {}) =>
    new Promise<unknown>((resolve) => {
      const { lookup } = createUrlPolicy({
        allowedDomains: ['files.example.com'],
        resolve: (_name, answer) => answer(null, addresses),
        ...options,
      });
      lookup('files.example.com', { all: true }, (error, found) => resolve(error ?? found));
    });

  it('answers the addresses that it has checked', async () => {
    const addresses = [{ address: '93.184.215.14', family: 4 }];
    expect(await lookUp(addresses)).toEqual(addresses);
  });

  it.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', 'fd00::1', '::ffff:192.168.0.1'])(
    'refuses a name that resolves to %s',
    async (address) => {
      const answer = await lookUp([{ address, family: address.includes(':') ? 6 : 4 }]);
      expect(answer).toBeInstanceOf(HttpError);
      expect(answer).toMatchObject({ kind: 'permanent' });
    },
  );

  it('refuses a name when only one of its addresses is private', async () => {
    const answer = await lookUp([
      { address: '93.184.215.14', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ]);
    expect(answer).toBeInstanceOf(HttpError);
  });

  it('refuses a name without addresses', async () => {
    expect(await lookUp([])).toBeInstanceOf(HttpError);
  });

  it('answers one address to a connector that asks for one', async () => {
    const { lookup } = createUrlPolicy({
      allowedDomains: [],
      resolve: (_name, answer) => answer(null, [{ address: '93.184.215.14', family: 4 }]),
    });
    const one = await new Promise((resolve) =>
      lookup('x', {}, (_error, address, family) => resolve([address, family])),
    );
    expect(one).toEqual(['93.184.215.14', 4]);
  });
});
