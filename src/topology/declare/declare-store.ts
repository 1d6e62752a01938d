import { StreamsError } from '../../core/errors.ts';
import type { Serde } from '../../core/serde.ts';
import type { Graph } from '../graph.ts';
import { checkName } from '../names.ts';
import type { StoreDeclaration } from '../nodes/store-declaration.ts';
import type { StoreOptions } from '../options.ts';

/** Whether the options ask for a store of the user's own. */
export function isMaterialized(options: StoreOptions<unknown, unknown>): boolean {
  const { store, key, value, cached, logged, persistent, logConfig, versioned } = options;
  return [store, key, value, cached, logged, persistent, logConfig, versioned].some((option) => option !== undefined);
}

/** The store that the options describe; without a name, Kafka Streams' generated one. */
export function declareStore(
  graph: Graph,
  options: StoreOptions<unknown, unknown>,
  prefix: string,
  serdes: { readonly key: Serde<unknown> | null; readonly value: Serde<unknown> | null },
): StoreDeclaration {
  const history = options.versioned?.historyRetentionMs ?? null;
  if (history !== null) checkVersioned(options, history);
  return {
    name: options.store === undefined ? graph.newStoreName(prefix) : checkName(options.store),
    queryable: options.store !== undefined,
    kind: history === null ? 'timestampedKeyValue' : 'versioned',
    key: options.key ?? serdes.key,
    value: options.value ?? serdes.value,
    persistent: options.persistent ?? true,
    cached: history === null && (options.cached ?? true),
    logged: options.logged ?? true,
    logConfig: options.logConfig ?? {},
    retentionMs: history,
    windowSizeMs: null,
  };
}

function checkVersioned({ store, cached }: StoreOptions<unknown, unknown>, historyRetentionMs: number): void {
  const wrong =
    store === undefined
      ? 'needs a name: give the option `store`'
      : cached === true
        ? 'cannot have a cache: leave the option `cached` out'
        : !(historyRetentionMs >= 0)
          ? `has a history retention of ${historyRetentionMs} ms: give a time that is not negative`
          : null;
  if (wrong !== null)
    throw new StreamsError('TOPOLOGY_INVALID', `The versioned store ${store ?? 'of a table'} ${wrong}.`);
}
