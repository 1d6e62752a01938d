import { describe, expect, it } from 'vitest';
import { classifyFailure, deadLetterReason } from '../../../src/apps/shared/dead-letter.ts';
import { StreamsError } from '../../../src/core/errors.ts';
import { HttpError } from '../../../src/http/errors.ts';

describe('dead letters', () => {
  it.each([
    [new HttpError('transient', 'x', { status: 503 }), 'transient', 'exhausted', 503],
    [new HttpError('expired', 'x', { status: 403 }), 'transient', 'exhausted', 403],
    [new HttpError('auth', 'x', { status: 401 }), 'transient', 'exhausted', 401],
    [new HttpError('permanent', 'x', { status: 404 }), 'permanent', 'permanent', 404],
    [new HttpError('permanent', 'x', { status: 403 }), 'permanent', 'auth', 403],
    [new StreamsError('ASYNC_TIMEOUT', 'x'), 'transient', 'exhausted', null],
    [new TypeError('x'), 'permanent', 'unknown', null],
    ['text', 'permanent', 'unknown', null],
  ])('class and category of %s', (error, failure, category, status) => {
    expect(classifyFailure(error)).toBe(failure);
    expect(deadLetterReason(error)).toMatchObject({ error_category: category, http_status: status });
  });

  it('hold no signatures, and no endless texts', () => {
    const { error } = deadLetterReason(new Error(`at https://x/f?X-Amz-Signature=secret and ${'y'.repeat(5000)}`));
    expect(error).toContain('https://x/f?… and');
    expect(error).not.toContain('secret');
    expect(error.length).toBeLessThan(2100);
  });
});
