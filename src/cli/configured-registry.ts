import type { SchemaRegistry } from '../core/serde.ts';
import type { CommandConfig } from './config/schema.ts';

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
