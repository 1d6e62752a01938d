import { describe, expect, it } from 'vitest';
import { isExpired, readPresignedUrl } from '../../src/http/presigned-url.ts';

const AT = Date.parse('2026-01-03T08:00:00Z');

describe('presigned URLs', () => {
  it('of S3 say when they were signed and for how long they work', () => {
    const url = 'https://b.s3.amazonaws.com/k?X-Amz-Date=20260103T080000Z&X-Amz-Expires=900&X-Amz-Signature=x';
    expect(readPresignedUrl(url)).toEqual({ style: 's3-v4', expiresAtMs: AT + 900_000 });
    expect(isExpired(url, AT + 899_999)).toBe(false);
    expect(isExpired(url, AT + 900_000)).toBe(true);
    expect(isExpired(url, AT + 890_000, 60_000)).toBe(true);
  });

  it('may write their parameters in lower case', () => {
    const url = 'https://b.s3.amazonaws.com/k?x-amz-date=20260103T080000Z&x-amz-expires=1&x-amz-signature=x';
    expect(readPresignedUrl(url).expiresAtMs).toBe(AT + 1000);
  });

  it('of S3 in the old way name the end in seconds', () => {
    const url = `https://b.s3.amazonaws.com/k?AWSAccessKeyId=a&Expires=${AT / 1000}&Signature=x`;
    expect(readPresignedUrl(url)).toEqual({ style: 's3-v2', expiresAtMs: AT });
  });

  it('of ClaimX name a time and a span, or the end', () => {
    expect(readPresignedUrl(`https://x/f?systemDate=${AT}&expires=60000&sign=s`)).toEqual({
      style: 'claimx',
      expiresAtMs: AT + 60_000,
    });
    expect(readPresignedUrl(`https://x/f?expires=${AT / 1000}`).expiresAtMs).toBe(AT);
    expect(readPresignedUrl(`https://x/f?expires=${AT}`).expiresAtMs).toBe(AT);
    expect(readPresignedUrl('https://x/f?expires=2026-01-03T08:00:00Z').expiresAtMs).toBe(AT);
  });

  it.each([
    'https://x/f',
    'not a url',
    'https://x/f?X-Amz-Date=garbage&X-Amz-Expires=900&X-Amz-Signature=x',
    'https://x/f?X-Amz-Date=20261399T080000Z&X-Amz-Expires=900&X-Amz-Signature=x',
    'https://x/f?X-Amz-Date=20260103T080000Z&X-Amz-Expires=-1&X-Amz-Signature=x',
    'https://x/f?expires=never',
  ])('that do not say are not taken for expired: %s', (url) => {
    expect(readPresignedUrl(url).expiresAtMs).toBeNull();
    expect(isExpired(url, AT)).toBe(false);
  });
});
