import { describe, expect, it } from 'vitest';
import { noOtherLink } from '../../../src/apps/shared/no-other-link.ts';
import { HttpError } from '../../../src/http/errors.ts';

describe('a link for which there is no better one', () => {
  it('is given up where it has expired, with what the host said', () => {
    const expired = new HttpError('expired', 'https://x/a answered 403', { status: 403, url: 'https://x/a' });
    const error = noOtherLink(expired, 'although the link is fresh');
    expect(error).toMatchObject({
      kind: 'permanent',
      message: 'https://x/a answered 403, although the link is fresh',
      status: 403,
      url: 'https://x/a',
      cause: expired,
    });
  });

  it('leaves every other error as it is', () => {
    for (const error of [new HttpError('transient', 'down'), new TypeError('no'), 'text', null]) {
      expect(noOtherLink(error, 'so it is')).toBe(error);
    }
  });
});
