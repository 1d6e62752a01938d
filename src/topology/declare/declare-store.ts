import type { Serde } from '../../core/serde.ts';
import type { Graph } from '../graph.ts';
import { checkName } from '../names.ts';
import type { StoreDeclaration } from '../nodes/store-declaration.ts';
import type { StoreOptions } from '../options.ts';

/** Whether the options ask for a store of the user's own. */
export function isMaterialized(options: StoreOptions<unknown, unknown>): boolean {
  const { store, key, value, cached, logged, persistent, logConfig } = options;
  return [store, key, value, cached, logged, persistent, logConfig].some((option) => option !== undefined);
}

/** The store that the options describe; without a name, Kafka Streams' generated one. */
export function declareStore(
  graph: Graph,
  options: StoreOptions<unknown, unknown>,
  prefix: string,
  serdes: { readonly key: Serde<unknown> | null; readonly value: Serde<unknown> | null },
): StoreDeclaration {
  return {
    name: options.store === undefined ? graph.newStoreName(prefix) : checkName(options.store),
    queryable: options.store !== undefined,
    kind: 'timestampedKeyValue',
    key: options.key ?? serdes.key,
    value: options.value ?? serdes.value,
    persistent: options.persistent ?? true,
    cached: options.cached ?? true,
    logged: options.logged ?? true,
    logConfig: options.logConfig ?? {},
    retentionMs: null,
    windowSizeMs: null,
    emitsOnClose: false,
  };
}
