import { readFile } from 'node:fs/promises';

import type { SchemaRegistry } from '../core/serde.ts';
import type { KafkaOptions, SaslOptions } from '../kafka/options.ts';
import type { CommandConfig } from './config/schema.ts';

type KafkaSettings = NonNullable<CommandConfig['kafka']>;

/** Settings of a file to options of the client: a token in a file is read again each time it is asked for. */
export function kafkaOptions(settings: KafkaSettings): KafkaOptions {
  const { sasl, ...rest } = settings;
  return sasl ? { ...rest, sasl: saslOptions(sasl) } : rest;
}

function saslOptions(sasl: NonNullable<KafkaSettings['sasl']>): SaslOptions {
  if (sasl.mechanism !== 'oauthbearer') return sasl;
  const { tokenFile } = sasl;
  return { mechanism: 'oauthbearer', token: async () => ({ value: (await readFile(tokenFile, 'utf8')).trim() }) };
}

/** A client of the registry that is configured; its package is loaded only now. */
export async function configuredRegistry(settings: NonNullable<CommandConfig['registry']>): Promise<SchemaRegistry> {
  const { confluentRegistry } = await import('../serdes/confluent-registry.ts');
  const { url, username, password, token } = settings;
  return confluentRegistry({
    url,
    ...(username === undefined ? {} : { basicAuth: { username, password: password ?? '' } }),
    ...(token === undefined ? {} : { token: () => Promise.resolve(token) }),
  });
}
