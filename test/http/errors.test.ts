import { describe, expect, it } from 'vitest';
import { classifyStatus, HttpError, toHttpError } from '../../src/http/errors.ts';

describe('the classification of errors', () => {
  it.each([
    [408, 'transient'],
    [425, 'transient'],
    [429, 'transient'],
    [500, 'transient'],
    [502, 'transient'],
    [503, 'transient'],
    [504, 'transient'],
    [520, 'transient'],
    [501, 'permanent'],
    [505, 'permanent'],
    [400, 'permanent'],
    [404, 'permanent'],
    [422, 'permanent'],
    [401, 'auth'],
    [403, 'auth'],
  ])('takes status %i as %s', (status, kind) => {
    expect(classifyStatus(status)).toBe(kind);
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_HEADERS_TIMEOUT', 'ENOSPC'])(
    'takes %s as transient, also as the cause of another error',
    (code) => {
      const inner = Object.assign(new Error('inner'), { code });
      expect(toHttpError(inner).kind).toBe('transient');
      expect(toHttpError(new Error('outer', { cause: inner })).kind).toBe('transient');
    },
  );

  it('takes a certificate that does not fit as permanent', () => {
    expect(toHttpError(Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' })).retriable).toBe(false);
    expect(toHttpError(Object.assign(new Error('x'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })).retriable).toBe(false);
  });

  it('finds an HttpError that a library has wrapped', () => {
    const refused = new HttpError('permanent', 'refused');
    expect(toHttpError(new TypeError('fetch failed', { cause: refused }))).toBe(refused);
  });

  it('takes time limits as transient, and what it does not know as permanent', () => {
    expect(toHttpError(new DOMException('slow', 'TimeoutError')).kind).toBe('transient');
    expect(toHttpError(new TypeError('x is not a function')).kind).toBe('permanent');
    expect(toHttpError('text').kind).toBe('permanent');
  });
});
