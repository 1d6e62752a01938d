import { type Clock, systemClock } from '../core/clock.ts';
import type { AccessToken, TokenSource } from './access-token.ts';

export interface TokenCacheOptions {
  /** A token is renewed this long before it expires, in ms (default 300,000), or at half of its life if that is later. */
  readonly expiryBufferMs?: number;
  readonly clock?: Clock;
}

/** How long a renewal that failed is not tried again while the old token still serves, in ms. */
const PAUSE_MS = 10_000;
/** A token this near to its end may expire on the way, in ms. */
const MARGIN_MS = 5_000;

/**
 * Keeps one token for each scope. However many callers there are, one request is made at a time; a renewal that fails is
 * no error while the old token is valid.
 */
export function cachedTokens(source: TokenSource, options: TokenCacheOptions = {}): TokenSource {
  const { expiryBufferMs = 300_000, clock = systemClock } = options;
  const entries = new Map<string, Entry>();

  const renew = async (entry: Entry, scopes: string | string[]): Promise<AccessToken> => {
    try {
      const token = await source.getToken(scopes);
      const lifeMs = token.expiresOnTimestamp - clock.now();
      entry.token = token;
      entry.renewAtMs = token.expiresOnTimestamp - Math.min(expiryBufferMs, lifeMs / 2);
      return token;
    } catch (error) {
      if (entry.token === null || entry.token.expiresOnTimestamp - MARGIN_MS <= clock.now()) throw error;
      entry.renewAtMs = clock.now() + PAUSE_MS;
      return entry.token;
    } finally {
      entry.renewal = null;
    }
  };
  return {
    getToken: async (scopes, request = {}) => {
      if (request.claims !== undefined) return source.getToken(scopes, request);
      const key = typeof scopes === 'string' ? scopes : scopes.join(' ');
      const entry = entries.get(key) ?? { token: null, renewAtMs: 0, renewal: null };
      entries.set(key, entry);
      if (entry.token !== null && clock.now() < entry.renewAtMs) return entry.token;
      entry.renewal ??= renew(entry, scopes);
      return entry.renewal;
    },
  };
}

interface Entry {
  token: AccessToken | null;
  renewAtMs: number;
  renewal: Promise<AccessToken> | null;
}
