import type * as confluent from '@confluentinc/schemaregistry';

import { StreamsError, messageOf } from '../core/errors.ts';
import type { RegisteredSchema, SchemaRegistry } from '../core/serde.ts';

export interface ConfluentRegistryOptions {
  /** One address, or several of one registry to try in turn. */
  readonly url: string | readonly string[];
  readonly basicAuth?: { readonly username: string; readonly password: string };
  /** Asked before each request; keep the token until it is about to expire. */
  readonly token?: () => Promise<string>;
  /** Sent with each request, such as `target-sr-cluster` of Confluent Cloud. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For one attempt (default 10,000 ms). */
  readonly requestTimeoutMs?: number;
  /** Further attempts after a failure that may pass (default 3), with growing, random pauses. */
  readonly retries?: number;
  /** The first pause, at most (default 200 ms). */
  readonly retryWaitMs?: number;
  /** A later pause, at most (default 5,000 ms). */
  readonly retryMaxWaitMs?: number;
}

/**
 * A schema registry that speaks Confluent's REST API, through `@confluentinc/schemaregistry`. That package is optional
 * and large (it brings cloud SDKs with it), so it is loaded with the first request.
 */
export function confluentRegistry(options: ConfluentRegistryOptions): SchemaRegistry {
  const urls = typeof options.url === 'string' ? [options.url] : options.url;
  if (urls.length === 0 || !urls.every((url) => /^https?:/.test(url) && URL.canParse(url))) {
    throw new StreamsError('CONFIG_INVALID', 'the schema registry needs an address such as http://localhost:8081');
  }
  const where = urls.map(withoutCredentials).join(', ');
  const connect = connection(options, urls);
  const ask = async <T>(request: (client: confluent.SchemaRegistryClient) => Promise<T>, missing?: T): Promise<T> => {
    const client = await connect();
    try {
      return await request(client);
    } catch (error) {
      if (missing !== undefined && statusOf(error) === 404) return missing;
      throw translate(error, where);
    }
  };
  return {
    register: (subject, schema) => ask((client) => client.register(subject, info(schema))),
    // No subject: the id alone says which schema it is.
    schema: async (id) => (await ask((client) => client.getBySubjectAndId('', id))).schema,
    latest: (subject) => ask<RegisteredSchema | null>((client) => latest(client, subject), null),
    versions: (subject) => ask<readonly RegisteredSchema[]>((client) => versions(client, subject), []),
    compatible: (subject, schema) => ask((client) => compatible(client, subject, schema), true),
  };
}

async function latest(client: confluent.SchemaRegistryClient, subject: string): Promise<RegisteredSchema> {
  // The client would answer what was the newest when it was first asked.
  client.clearLatestCaches();
  const { id = 0, version = 0, schema } = await client.getLatestSchemaMetadata(subject);
  return { id, version, schema };
}

async function versions(client: confluent.SchemaRegistryClient, subject: string): Promise<RegisteredSchema[]> {
  const found: RegisteredSchema[] = [];
  for (const number of await client.getAllVersions(subject)) {
    const { id = 0, version = number, schema } = await client.getSchemaMetadata(subject, number);
    found.push({ id, version, schema });
  }
  return found;
}

/** The client asks about the newest version only; under a transitive rule the others count too. */
async function compatible(client: confluent.SchemaRegistryClient, subject: string, schema: string): Promise<boolean> {
  const rule = await client
    .getCompatibility(subject)
    .catch((error: unknown) => (statusOf(error) === 404 ? client.getDefaultCompatibility() : Promise.reject(error)));
  if (!rule.endsWith('_TRANSITIVE')) return client.testSubjectCompatibility(subject, info(schema));
  for (const version of await client.getAllVersions(subject)) {
    if (!(await client.testCompatibility(subject, version, info(schema)))) return false;
  }
  return true;
}

function info(schema: string): confluent.SchemaInfo {
  return { schema, schemaType: 'AVRO' };
}

/** Makes the client with the first request, and anew when the token has changed: the package takes none but fixed ones. */
function connection(
  options: ConfluentRegistryOptions,
  urls: readonly string[],
): () => Promise<confluent.SchemaRegistryClient> {
  let client: confluent.SchemaRegistryClient | null = null;
  let current: string | undefined;
  return async () => {
    const token = await options.token?.();
    const { SchemaRegistryClient: Client } = await load();
    if (client === null || token !== current) {
      current = token;
      client = new Client(clientConfig(options, urls, token));
    }
    return client;
  };
}

function clientConfig(
  options: ConfluentRegistryOptions,
  urls: readonly string[],
  token?: string,
): confluent.ClientConfig {
  const { basicAuth, headers, requestTimeoutMs = 10_000 } = options;
  const common = { ...headers, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) };
  return {
    baseURLs: urls.map((url) => url.replace(/\/+$/, '')),
    maxRetries: options.retries ?? 3,
    retriesWaitMs: options.retryWaitMs ?? 200,
    retriesMaxWaitMs: options.retryMaxWaitMs ?? 5_000,
    createAxiosDefaults: { timeout: requestTimeoutMs, headers: { common } },
    ...(basicAuth && {
      basicAuthCredentials: {
        credentialsSource: 'USER_INFO',
        userInfo: `${basicAuth.username}:${basicAuth.password}`,
      },
    }),
  };
}

async function load(): Promise<typeof confluent> {
  try {
    return await import('@confluentinc/schemaregistry');
  } catch (error) {
    throw new StreamsError(
      'MISSING_PACKAGE',
      'a Confluent schema registry needs an optional package: npm install @confluentinc/schemaregistry',
      { cause: error },
    );
  }
}

function translate(error: unknown, where: string): StreamsError {
  const status = statusOf(error);
  const text = `schema registry ${where}: ${reasonOf(error)}`;
  if (status === 409) return new StreamsError('SCHEMA_INCOMPATIBLE', text, { cause: error });
  if (status === 401 || status === 403) {
    return new StreamsError('CONFIG_INVALID', `${text}: the registry refused the credentials`, { cause: error });
  }
  if (status === 404 || status === 422) return new StreamsError('SCHEMA_INVALID', text, { cause: error });
  return new StreamsError('REGISTRY_UNAVAILABLE', text, { cause: plain(error) });
}

/** A refused connection has a code and, where a name has several addresses, no message. */
function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return messageOf(error) || code || 'no answer';
}

/** What the HTTP client throws holds the whole request, credentials included: it must not reach a log. */
function plain(error: unknown): Error {
  return new Error(reasonOf(error));
}

function statusOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number'
    ? error.status
    : undefined;
}

function withoutCredentials(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}
