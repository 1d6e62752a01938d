import { readFile } from 'node:fs/promises';

import type { TokenSource } from '../azure/access-token.ts';
import type { KafkaOptions, SaslOptions } from '../kafka/options.ts';
import type { CommandConfig } from './config/schema.ts';

type KafkaSection = NonNullable<CommandConfig['kafka']>;

/**
 * Settings of a file to options of the client. A token is asked for at each connection: one in a file is read again, one
 * of Azure comes from the cache of `tokens`, which renews it before it expires.
 *
 * @param tokens opened when a token of Azure is asked for
 */
export function kafkaOptions({ sasl, ...rest }: KafkaSection, tokens: () => TokenSource): KafkaOptions {
  return sasl ? { ...rest, sasl: saslOptions(sasl, tokens) } : rest;
}

function saslOptions(sasl: NonNullable<KafkaSection['sasl']>, tokens: () => TokenSource): SaslOptions {
  if (sasl.mechanism !== 'oauthbearer') return sasl;
  const { tokenFile, azureScope } = sasl;
  if (azureScope === undefined) {
    const token = async () => ({ value: (await readFile(tokenFile ?? '', 'utf8')).trim() });
    return { mechanism: 'oauthbearer', token };
  }
  let source: TokenSource | null = null;
  const token = async () => {
    source ??= tokens();
    return { value: (await source.getToken(azureScope)).token };
  };
  return { mechanism: 'oauthbearer', token };
}
