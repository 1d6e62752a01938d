import { createHmac } from 'node:crypto';

/** Signs links in the manner of S3 (X-Amz-Date, X-Amz-Expires, X-Amz-Signature) and checks them. */
export interface FileLinks {
  /** A link to `path` on `origin` that was signed at `signedAtMs` and works for `ttlSeconds`. */
  sign(origin: string, path: string, signedAtMs: number, ttlSeconds: number): string;
  check(url: URL, nowMs: number): 'fine' | 'expired' | 'bad-signature';
}

export function createFileLinks(secret: string): FileLinks {
  const signature = (path: string, date: string, ttl: string): string =>
    createHmac('sha256', secret).update(`${path}\n${date}\n${ttl}`).digest('hex');
  return {
    sign: (origin, path, signedAtMs, ttlSeconds) => {
      const date = basicDate(signedAtMs);
      const url = new URL(path, origin);
      url.searchParams.set('X-Amz-Algorithm', 'AWS4-HMAC-SHA256');
      url.searchParams.set('X-Amz-Date', date);
      url.searchParams.set('X-Amz-Expires', String(ttlSeconds));
      url.searchParams.set('X-Amz-Signature', signature(url.pathname, date, String(ttlSeconds)));
      return url.href;
    },
    check: (url, nowMs) => {
      const date = url.searchParams.get('X-Amz-Date') ?? '';
      const ttl = url.searchParams.get('X-Amz-Expires') ?? '';
      if (url.searchParams.get('X-Amz-Signature') !== signature(url.pathname, date, ttl)) return 'bad-signature';
      const time = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
      return Date.parse(time) + Number(ttl) * 1000 <= nowMs ? 'expired' : 'fine';
    },
  };
}

/** `20260103T080000Z` */
function basicDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
