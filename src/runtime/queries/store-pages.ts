import { StreamsError } from '../../core/errors.ts';
import { jsonPage, type Page } from '../../observe/http-page.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import type { AppQueries } from './app-queries.ts';
import { jsonValue, keyFromText, prefixFromText } from './json-values.ts';
import { kindOf } from './queryable.ts';
import type { DecodedEntry, PageCursor, QueryOptions, StoreAsker } from './store-asker.ts';
import type { StoreQuery } from './store-query.ts';

/** A store that may be read, and the application it is of. */
export interface FoundStore {
  readonly app: AppQueries;
  readonly spec: StoreSpec;
}

const DEFAULT_LIMIT = 100;
const LAST_TIME = Number.MAX_SAFE_INTEGER - 1;

/** The stores of an application, or of all, by name; or those of one name. */
export function findStores(apps: readonly AppQueries[], id: string | null, name: string | null): FoundStore[] {
  return apps
    .filter((app) => id === null || app.applicationId === id)
    .flatMap((app) => {
      const specs = [...app.plan.stores.values(), ...app.plan.globalStores.map(({ store }) => store)];
      return specs.filter((spec) => kindOf(spec) !== null).map((spec) => ({ app, spec }));
    })
    .filter(({ spec }) => name === null || spec.name === name)
    .sort((one, other) => (one.spec.name < other.spec.name ? -1 : 1));
}

/** What a store is, and who has which partition of it. */
export function describeStore(app: AppQueries, spec: StoreSpec): object {
  const partitions = app.partitions(spec.name);
  return {
    app: app.applicationId,
    store: spec.name,
    kind: kindOf(spec),
    key: spec.key.name,
    value: spec.value.name,
    global: partitions === null,
    partitions: Array.from({ length: partitions ?? 0 }, (_none, partition) => ({
      partition,
      ...app.hosts(spec.name, partition),
    })),
    here: app.tasksHere(spec.name).map(({ task, role, ready, lag }) => ({ task, role, ready, lag })),
  };
}

/** `…/keys/{key}`: the value, the windows, the sessions or the versions of one key. */
export async function readKey({ app, spec }: FoundStore, text: string, parameters: URLSearchParams): Promise<Page> {
  const asker = asking(app, spec, parameters);
  const key = keyFromText(spec.key, text);
  const query = keyQuery(spec, await asker.keyBytes(key), parameters);
  if (query.kind !== 'get' && query.kind !== 'getAsOf') {
    return listing(spec, asker, query, await asker.partitions({ key }), parameters);
  }
  const { entry, position, source } = await asker.single(key, () => query);
  if (entry !== null) return jsonPage(200, { store: spec.name, ...shown(entry), position });
  const code = 'NO_VALUE';
  const message = `store ${spec.name} has no value for ${text}`;
  return jsonPage(404, { error: { code, message }, store: spec.name, key: jsonValue(key), position, source });
}

/** `…/keys`: a range, a prefix, or all, page by page. */
export async function readKeys({ app, spec }: FoundStore, parameters: URLSearchParams): Promise<Page> {
  const asker = asking(app, spec, parameters);
  const query = await rangeQuery(spec, asker, parameters);
  return listing(spec, asker, query, await asker.partitions(), parameters);
}

function asking(app: AppQueries, spec: StoreSpec, parameters: URLSearchParams): StoreAsker<unknown, unknown> {
  const stale = parameters.get('stale');
  const [partition, timeoutMs] = [wholeOf(parameters, 'partition'), wholeOf(parameters, 'timeoutMs')];
  const maxLag = stale === null || stale === 'true' || stale === '' ? null : wholeOf(parameters, 'stale');
  const here = parameters.get('local') === 'true';
  const options: QueryOptions = {
    here,
    ...(stale === null ? {} : { stale: maxLag === null ? true : { maxLag } }),
    ...(partition === null ? {} : { partition }),
    ...(timeoutMs === null ? (here ? { timeoutMs: 0 } : {}) : { timeoutMs }),
  };
  return app.asker<unknown, unknown>(spec.name, options);
}

function keyQuery(spec: StoreSpec, key: Buffer, parameters: URLSearchParams): StoreQuery {
  const { from, to } = timesOf(parameters);
  switch (kindOf(spec)) {
    case 'window':
      return { kind: 'fetch', key, from, to };
    case 'session':
      return { kind: 'sessions', key, earliestEnd: from, latestStart: to };
    case 'versioned': {
      const asOf = wholeOf(parameters, 'asOf');
      if (asOf !== null) return { kind: 'getAsOf', key, asOf };
      const history = parameters.has('fromMs') || parameters.has('toMs');
      return history ? { kind: 'versions', key, from, to } : { kind: 'get', key };
    }
    case 'keyValue':
    case null:
      return { kind: 'get', key };
  }
}

async function rangeQuery(
  spec: StoreSpec,
  asker: StoreAsker<unknown, unknown>,
  parameters: URLSearchParams,
): Promise<StoreQuery> {
  const { from, to } = timesOf(parameters);
  const bound = async (name: string): Promise<Buffer | null> => {
    const text = parameters.get(name);
    return text === null ? null : asker.keyBytes(keyFromText(spec.key, text));
  };
  switch (kindOf(spec)) {
    case 'window':
      return { kind: 'fetchAll', from, to };
    case 'session':
      return { kind: 'sessionsByEnd', earliestEnd: from, latestEnd: to };
    case 'versioned':
      throw new StreamsError(
        'QUERY_INVALID',
        `${spec.name} is a versioned store: name a key, /stores/${spec.name}/keys/…`,
      );
    case 'keyValue':
    case null: {
      const prefix = parameters.get('prefix');
      if (prefix !== null) return { kind: 'prefix', prefix: prefixFromText(spec.key, prefix) };
      const reverse = parameters.get('reverse') === 'true';
      return { kind: 'range', from: await bound('from'), to: await bound('to'), reverse };
    }
  }
}

/** Goes through partitions until the page is full. */
async function listing(
  { name }: StoreSpec,
  asker: StoreAsker<unknown, unknown>,
  query: StoreQuery,
  partitions: readonly (number | null)[],
  parameters: URLSearchParams,
): Promise<Page> {
  const limit = Math.max(1, wholeOf(parameters, 'limit') ?? DEFAULT_LIMIT);
  const entries: object[] = [];
  let cursor = cursorOf(parameters.get('after'));
  for (let more = partitions.length > 0; more && entries.length < limit; more = cursor !== null) {
    const page = await asker.page(query, partitions, { cursor, limit: limit - entries.length });
    entries.push(...page.entries.map(shown));
    cursor = page.next;
  }
  return jsonPage(200, { store: name, entries, after: cursor && cursorText(cursor) });
}

function shown({ key, value, timestamp, window, validTo, source }: DecodedEntry<unknown, unknown>): object {
  return {
    key: jsonValue(key),
    ...(window === null ? {} : { window }),
    value: jsonValue(value),
    timestamp,
    ...(validTo === null ? {} : { validTo }),
    source,
  };
}

function timesOf(parameters: URLSearchParams): { readonly from: number; readonly to: number } {
  return { from: wholeOf(parameters, 'fromMs') ?? 0, to: wholeOf(parameters, 'toMs') ?? LAST_TIME };
}

function wholeOf(parameters: URLSearchParams, name: string): number | null {
  const text = parameters.get(name);
  if (text === null) return null;
  if (!/^\d{1,15}$/.test(text)) throw new StreamsError('QUERY_INVALID', `${name}=${text}: expected a whole number`);
  return Number(text);
}

function cursorText({ partition, after }: PageCursor): string {
  return `${partition ?? ''}.${after === null ? '' : after.toString('base64url')}`;
}

function cursorOf(text: string | null): PageCursor | null {
  if (text === null) return null;
  const [, partition = '', after = ''] = /^(\d*)\.([\w-]*)$/.exec(text) ?? [];
  if (partition === '' && after === '') throw new StreamsError('QUERY_INVALID', `after=${text} is not from an answer`);
  return {
    partition: partition === '' ? null : Number(partition),
    after: after === '' ? null : Buffer.from(after, 'base64url'),
  };
}
