import { beforeEach, describe, expect, it } from 'vitest';
import type { AccessToken, TokenSource } from '../../src/azure/access-token.ts';
import { cachedTokens } from '../../src/azure/token-cache.ts';
import { ManualClock } from '../../src/core/clock.ts';

const MINUTE = 60_000;

describe('the cache of tokens', () => {
  let clock: ManualClock;
  let asked: string[];
  let answer: () => Promise<AccessToken>;
  let tokens: TokenSource;
  beforeEach(() => {
    clock = new ManualClock(1_000_000);
    asked = [];
    answer = async () => ({ token: `token ${asked.length}`, expiresOnTimestamp: clock.now() + 60 * MINUTE });
    const source: TokenSource = {
      getToken: (scopes) => {
        asked.push(String(scopes));
        return answer();
      },
    };
    tokens = cachedTokens(source, { clock });
  });
  const get = async (scope = 'storage'): Promise<string> => (await tokens.getToken(scope)).token;

  it('asks once for all who want a token of a scope', async () => {
    expect(await Promise.all([get(), get(), get('kusto'), get()])).toEqual([
      'token 1',
      'token 1',
      'token 2',
      'token 1',
    ]);
    expect(asked).toEqual(['storage', 'kusto']);
  });

  it('renews five minutes before the end', async () => {
    await get();
    clock.advance(54 * MINUTE);
    expect(await get()).toBe('token 1');
    clock.advance(2 * MINUTE);
    expect(await get()).toBe('token 2');
  });

  it('keeps the old token while it is valid and the new one cannot be had', async () => {
    await get();
    clock.advance(56 * MINUTE);
    answer = () => Promise.reject(new Error('no network'));
    expect(await get()).toBe('token 1');
    expect(await get()).toBe('token 1');
    expect(asked).toHaveLength(2);
    clock.advance(4 * MINUTE);
    await expect(get()).rejects.toThrow('no network');
  });

  it('does not ask for each request when tokens live shorter than the buffer', async () => {
    answer = async () => ({ token: `short ${asked.length}`, expiresOnTimestamp: clock.now() + 2 * MINUTE });
    await get();
    clock.advance(0.9 * MINUTE);
    expect(await get()).toBe('short 1');
    clock.advance(0.2 * MINUTE);
    expect(await get()).toBe('short 2');
  });

  it('passes the demands of a service on, past the cache', async () => {
    await get();
    expect((await tokens.getToken('storage', { claims: 'more' })).token).toBe('token 2');
  });

  it('tries again after a failure', async () => {
    const good = answer;
    answer = () => Promise.reject(new Error('no network'));
    await expect(get()).rejects.toThrow('no network');
    answer = good;
    expect(await get()).toBe('token 2');
  });
});
