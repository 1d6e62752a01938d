/**
 * A URL fit for logs and dead letters: no query (presigned signatures and tokens live there), no fragment, no credentials.
 * Anything that is not a URL comes back as `<not a URL>`, never as its text.
 */
export function sanitizeUrl(url: string | URL): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return '<not a URL>';
  }
  const query = parsed.search === '' ? '' : '?…';
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}${query}`;
}
