import { describe, expect, it } from 'vitest';
import { showText, showValue } from '../../src/cli/show-value.ts';

describe('values that are shown', () => {
  it('keep the address of a URL and lose its query, its fragment and its credentials, inside a text too', () => {
    expect(showText('see https://u:p@files.example.com/a/b.jpg?X-Amz-Signature=abc#t for it')).toBe(
      'see https://files.example.com/a/b.jpg?… for it',
    );
    expect(showText('at abfss://c@x.dfs.core.windows.net/p?sig=1')).not.toContain('sig=1');
  });

  it.each([
    'Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc',
    'header Basic c2ltdWxhdGVkOnRva2Vu was refused',
    '{"password":"hunter2"}',
    'api_key=hunter2&x=1',
    'sig=hunter2',
    "token: 'hunter2'",
    'X-Amz-Security-Token=hunter2',
    'SharedAccessSignature sr=hunter2',
  ])('hide the credential in %s', (text) => {
    const shown = showText(text);
    expect(shown).toContain('[hidden]');
    expect(shown).not.toMatch(/hunter2|eyJ|c2ltdWxhdGVk/);
  });

  it('hide fields that are named as secrets, at any depth, and leave the others', () => {
    expect(showValue({ a: [{ accessToken: 'x', name: 'y' }], clientSecret: 'z', token: null, tokens: 3 })).toEqual({
      a: [{ accessToken: '[hidden]', name: 'y' }],
      clientSecret: '[hidden]',
      token: null,
      tokens: 3,
    });
  });

  it('show bytes as JSON or text where they are that, and as Base64 where not', () => {
    expect(showValue(Buffer.from('{"url":"https://a.example/x?sig=1","n":1}'))).toEqual({
      url: 'https://a.example/x?…',
      n: 1,
    });
    expect(showValue(Buffer.from('plain\ttext'))).toBe('plain\ttext');
    expect(showValue(Buffer.from([0x1f, 0x8b, 0x08, 0xff]))).toEqual({ base64: 'H4sI/w==', bytes: 4 });
    expect(showValue(Buffer.from([0, 1, 2]))).toEqual({ base64: 'AAEC', bytes: 3 });
  });

  it('cut long texts, and take what JSON has no word for', () => {
    expect(showText('x'.repeat(3000))).toBe(`${'x'.repeat(2000)}… (3000 characters)`);
    expect(showValue({ n: 3n, at: new Date(0), m: new Map([['k', 1]]), none: null, yes: true })).toEqual({
      n: '3',
      at: '1970-01-01T00:00:00.000Z',
      m: { k: 1 },
      none: null,
      yes: true,
    });
  });
});
