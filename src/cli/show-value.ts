import { sanitizeUrl } from '../http/sanitize-url.ts';

const MAX_TEXT = 2000;
const SECRET_NAME = /password|secret|token|api_?key|authorization|signature|connection_?string|^sig$/i;
const URL_IN_TEXT = /[a-z][a-z0-9+.-]*:\/\/[^\s"'<>\\]+/gi;
const CREDENTIALS = /\b(Bearer|Basic|SharedAccessSignature)\s+[\w+/=.~%&-]{6,}/gi;
const ASSIGNMENT =
  /((?:password|secret|token|api_?key|authorization|signature|x-amz-[a-z-]+|sig)["']?\s*[:=]\s*["']?)[^"'&\s,;}]+/gi;

/**
 * A value of a record fit to be shown: no credentials, URLs without their queries (a signed link is a password), long texts
 * cut, bytes as text where they are text and as Base64 where not.
 */
export function showValue(value: unknown): unknown {
  if (typeof value === 'string') return showText(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return showBytes(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  if (Array.isArray(value)) return value.map(showValue);
  if (value instanceof Map) return showValue(Object.fromEntries(value));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_NAME.test(name) && typeof inner === 'string' && inner !== '' ? '[hidden]' : showValue(inner),
    ]),
  );
}

export function showText(text: string): string {
  const safe = text
    .replaceAll(URL_IN_TEXT, (url) => sanitizeUrl(url))
    .replaceAll(CREDENTIALS, '$1 [hidden]')
    .replaceAll(ASSIGNMENT, '$1[hidden]');
  return safe.length > MAX_TEXT ? `${safe.slice(0, MAX_TEXT)}… (${text.length} characters)` : safe;
}

function showBytes(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  // Control characters other than white space: no text, whatever it decodes to.
  if (text.includes('\u{fffd}') || hasControls(text)) {
    const base64 = bytes.toString('base64');
    return { base64: base64.length > MAX_TEXT ? `${base64.slice(0, MAX_TEXT)}…` : base64, bytes: bytes.length };
  }
  try {
    return showValue(JSON.parse(text));
  } catch {
    return showText(text);
  }
}

function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return true;
  }
  return false;
}
