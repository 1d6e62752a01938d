import { expect, it } from 'vitest';
import { sanitizeUrl } from '../../src/http/sanitize-url.ts';

it.each([
  ['https://a.com/b?token=secret#frag', 'https://a.com/b?…'],
  ['https://user:secret@a.com:8443/b', 'https://a.com:8443/b'],
  ['secret text', '<not a URL>'],
  ['https://a.com/b', 'https://a.com/b'],
])('a URL loses its secrets: %s', (url, shown) => {
  expect(sanitizeUrl(url)).toBe(shown);
});
