import type { StoreSpec } from '../../state/store-spec.ts';
import type { StoreDeclaration } from '../nodes/store-declaration.ts';
import { requireSerde } from './require-serde.ts';

/** The store that a node keeps. @throws TOPOLOGY_INVALID when a serde is missing */
export function storeSpec(store: StoreDeclaration, node: string, operator: string): StoreSpec {
  const why = `its store ${store.name}`;
  const spec: StoreSpec = {
    name: store.name,
    kind: store.kind,
    key: requireSerde(store.key, 'keys', node, why, operator),
    value: requireSerde(store.value, 'values', node, why, operator),
    persistent: store.persistent,
    cached: store.cached,
    logged: store.logged,
    logConfig: Object.freeze({ ...store.logConfig }),
    ...(store.retentionMs === null ? {} : { retentionMs: store.retentionMs }),
    ...(store.windowSizeMs === null ? {} : { windowSizeMs: store.windowSizeMs }),
    ...(store.emitsOnClose === true ? { emitsOnClose: true } : {}),
    ...(store.retainDuplicates === true ? { retainDuplicates: true } : {}),
  };
  return Object.freeze(spec);
}
