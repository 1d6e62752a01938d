import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import type { TokenSource } from '../../src/azure/access-token.ts';
import { cachedTokens } from '../../src/azure/token-cache.ts';
import { configSchema } from '../../src/cli/config/schema.ts';
import { kafkaOptions } from '../../src/cli/kafka-options.ts';
import { ManualClock } from '../../src/core/clock.ts';
import type { SaslOptions } from '../../src/kafka/options.ts';

const MINUTE = 60_000;
const SCOPE = 'https://hub.servicebus.windows.net/.default';
const none = (): TokenSource => {
  throw new Error('nobody asks Azure');
};

function saslOf(sasl: Record<string, unknown>, tokens: () => TokenSource): SaslOptions | undefined {
  const { kafka } = configSchema.parse({ kafka: { brokers: ['hub:9093'], tls: true, sasl } });
  if (!kafka) throw new Error('no section kafka');
  return kafkaOptions(kafka, tokens).sasl;
}

/** As a connection does. */
async function tokenOf(sasl: SaslOptions | undefined): Promise<string> {
  if (sasl?.mechanism !== 'oauthbearer') throw new Error('not oauthbearer');
  return (await sasl.token()).value;
}

describe('OAUTHBEARER of a configuration', () => {
  it('gives connections a token of Azure, and a new one before the old one expires', async () => {
    const clock = new ManualClock(0);
    const asked: string[] = [];
    const azure: TokenSource = {
      getToken: async (scopes) => {
        asked.push(String(scopes));
        return { token: `token ${asked.length}`, expiresOnTimestamp: clock.now() + 60 * MINUTE };
      },
    };
    const sasl = saslOf({ mechanism: 'oauthbearer', azureScope: SCOPE }, () => cachedTokens(azure, { clock }));
    expect(asked).toEqual([]);
    expect(await Promise.all([tokenOf(sasl), tokenOf(sasl)])).toEqual(['token 1', 'token 1']);
    clock.advance(54 * MINUTE);
    expect(await tokenOf(sasl)).toBe('token 1');
    clock.advance(2 * MINUTE);
    expect(await tokenOf(sasl)).toBe('token 2');
    expect(asked).toEqual([SCOPE, SCOPE]);
  });

  it('reads a token from a file at each connection', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'token-'));
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 'one\n');
    const sasl = saslOf({ mechanism: 'oauthbearer', tokenFile }, none);
    expect(await tokenOf(sasl)).toBe('one');
    await writeFile(tokenFile, 'two\n');
    expect(await tokenOf(sasl)).toBe('two');
    await rm(folder, { recursive: true });
  });

  it.each([{}, { tokenFile: 'a', azureScope: 'b' }])(
    'is refused with %o: one source of tokens, not none or two',
    (source) => {
      expect(() => saslOf({ mechanism: 'oauthbearer', ...source }, none)).toThrow('needs a tokenFile or an azureScope');
    },
  );
});
