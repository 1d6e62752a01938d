import { tableSource } from '../../processors/table-source.ts';
import type { ProcessorSupplier } from '../../processors/processor.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import type { GlobalKTable } from '../global-table.ts';
import { checkName } from '../names.ts';
import type { GlobalStoreNode } from '../nodes/global-store-node.ts';
import type { StoreDeclaration } from '../nodes/store-declaration.ts';
import type { GlobalTableOptions, NamedOptions } from '../options.ts';
import type { KStream } from '../stream.ts';
import { declareStore } from './declare-store.ts';
import { globalStoreOf, SCOPE, STORE } from './scope.ts';
import type { Scope, StreamShape } from './scope.ts';

type Source = Pick<GlobalStoreNode, 'key' | 'value' | 'timestampExtractor'>;

/** Appends a table that every process reads whole. */
export function declareGlobalTable<K, V>(
  scope: Scope,
  topic: string,
  source: Source,
  options: GlobalTableOptions<K, V>,
): GlobalKTable<K, V> {
  const { graph } = scope;
  const store: StoreDeclaration = {
    ...declareStore(graph, options, `${topic}-`, source),
    persistent: false,
    cached: false,
    logged: false,
  };
  const sourceName = graph.nameOr(options.name, 'KSTREAM-SOURCE-', '-source');
  const name = graph.nameOr(options.name, 'KTABLE-SOURCE-');
  const supplier = tableSource(store.name, false);
  graph.append({ kind: 'globalStore', name, parents: [], sourceName, topic, ...source, store, supplier });
  return Object.freeze({
    keySerde: options.key ?? null,
    valueSerde: options.value ?? null,
    storeName: options.store ?? null,
    global: true,
    [SCOPE]: scope,
    [STORE]: store.name,
  });
}

/** Appends a store that a processor of the application fills. */
export function declareGlobalStore(
  scope: Scope,
  spec: StoreSpec,
  topic: string,
  source: Source,
  supplier: ProcessorSupplier,
  options: NamedOptions,
): void {
  const { graph } = scope;
  const sourceName = graph.nameOr(options.name, 'KSTREAM-SOURCE-', '-source');
  const name = graph.nameOr(options.name, 'KTABLE-SOURCE-');
  const { retentionMs = null, windowSizeMs = null, ...rest } = spec;
  const store = {
    ...rest,
    name: checkName(spec.name),
    queryable: true,
    persistent: false,
    cached: false,
    logged: false,
  };
  graph.append({
    kind: 'globalStore',
    name,
    parents: [],
    sourceName,
    topic,
    ...source,
    store: { ...store, retentionMs, windowSizeMs },
    supplier,
  });
}

export interface GlobalJoinDeclaration<K, V, KG, VG, R> {
  readonly table: GlobalKTable<KG, VG>;
  readonly keyOf: (value: V, key: K) => KG | null;
  readonly joiner: (value: V, tableValue: VG | null, key: K) => R;
  readonly left: boolean;
  readonly options: NamedOptions;
}

/** Joins a stream with a global table; the stream stays where it is. */
export function declareGlobalJoin<K, V, KG, VG, R>(
  scope: Scope,
  shape: StreamShape<K, V>,
  { table, keyOf, joiner, left, options }: GlobalJoinDeclaration<K, V, KG, VG, R>,
): KStream<K, R> {
  const store = globalStoreOf(scope, table, left ? 'leftJoin' : 'join');
  const name = scope.graph.nameOr(options.name, 'KSTREAM-LEFTJOIN-');
  const node = scope.graph.append({
    kind: 'globalJoin',
    name,
    parents: [shape.node],
    table: store,
    left,
    keyOf: keyOf as (value: unknown, key: unknown) => unknown,
    joiner: joiner as (value: unknown, tableValue: unknown, key: unknown) => unknown,
  });
  return scope.stream<K, R>({ ...shape, node, name, value: null });
}
