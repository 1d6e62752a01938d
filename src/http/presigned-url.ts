/** Which signing scheme a URL follows. */
export type PresignedStyle = 's3-v4' | 's3-v2' | 'claimx' | 'none';

export interface PresignedUrl {
  readonly style: PresignedStyle;
  /** When it stops working, in ms since the epoch; null when the URL does not say. */
  readonly expiresAtMs: number | null;
}

/**
 * Reads the expiry out of a presigned URL. Parameter names are compared without regard to case.
 *
 * - S3, signature version 4: `X-Amz-Date` (ISO 8601 basic, UTC) plus `X-Amz-Expires` (seconds).
 * - S3, signature version 2: `Expires` (seconds since the epoch) with `Signature`.
 * - ClaimX: `systemDate` (ms since the epoch) plus `expires` (ms), or `expires` alone as a time (s or ms since the epoch,
 *   or ISO 8601).
 *
 * Never throws: a URL that says nothing of this has style `none`.
 */
export function readPresignedUrl(url: string): PresignedUrl {
  const parameters = new Map<string, string>();
  try {
    for (const [name, value] of new URL(url).searchParams) parameters.set(name.toLowerCase(), value);
  } catch {
    return { style: 'none', expiresAtMs: null };
  }
  const expires = parameters.get('expires');
  if (parameters.has('x-amz-signature') || parameters.has('x-amz-expires')) {
    const signedAt = parseBasicDate(parameters.get('x-amz-date'));
    const seconds = parseWhole(parameters.get('x-amz-expires'));
    return { style: 's3-v4', expiresAtMs: signedAt === null || seconds === null ? null : signedAt + seconds * 1000 };
  }
  if (expires === undefined) return { style: 'none', expiresAtMs: null };
  if (parameters.has('signature')) {
    const seconds = parseWhole(expires);
    return { style: 's3-v2', expiresAtMs: seconds === null ? null : seconds * 1000 };
  }
  const signedAt = parseWhole(parameters.get('systemdate'));
  const span = parseWhole(expires);
  if (signedAt !== null && span !== null) return { style: 'claimx', expiresAtMs: signedAt + span };
  return { style: 'claimx', expiresAtMs: parseTime(expires) };
}

/** Whether the URL is past its time, or will be within `marginMs` (default 0). False when it does not say. */
export function isExpired(url: string, nowMs: number, marginMs = 0): boolean {
  const { expiresAtMs } = readPresignedUrl(url);
  return expiresAtMs !== null && expiresAtMs <= nowMs + marginMs;
}

function parseWhole(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return null;
  return Number(text);
}

/** `20260103T193000Z` */
function parseBasicDate(text: string | undefined): number | null {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text ?? '');
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second] = parts;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? null : at;
}

/** A time in s or ms since the epoch, or ISO 8601. Below 10^11 it is seconds: in ms that would be March 1973. */
function parseTime(text: string): number | null {
  const whole = parseWhole(text);
  if (whole !== null) return whole < 1e11 ? whole * 1000 : whole;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}
