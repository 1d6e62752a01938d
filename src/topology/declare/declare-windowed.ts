import { StreamsError } from '../../core/errors.ts';
import type { Serde, Windowed } from '../../core/serde.ts';
import type { EmitStrategy } from '../../processors/final-results.ts';
import type { ProcessorSupplier } from '../../processors/processor.ts';
import type { LogicalNode } from '../nodes/node.ts';
import type { StoreDeclaration } from '../nodes/store-declaration.ts';
import type { WindowStoreOptions } from '../options.ts';
import type { KTable } from '../table.ts';
import { declareStore } from './declare-store.ts';
import type { GroupedStreamShape, Scope } from './scope.ts';

/** A grouped stream that is about to be cut into windows. */
export interface WindowedGroup<K, V> {
  readonly scope: Scope;
  readonly shape: GroupedStreamShape<K, V>;
  readonly emit: EmitStrategy;
  /** The node whose records of one key are in one partition. */
  readonly partition: (
    name: string,
    operator: string,
  ) => { readonly node: LogicalNode; readonly sources: readonly string[] };
}

/** What the kind of windows says of the store and of the keys of the result. */
export interface WindowedStore<K> {
  readonly kind: 'timestampedWindow' | 'session';
  /** How long a record may still change something, which is the least retention, in ms. */
  readonly neededMs: number;
  /** null: sessions have no fixed size. */
  readonly sizeMs: number | null;
  /** How long after a window's end its results may change, in ms. */
  readonly graceMs: number;
  readonly windowedKey: (key: Serde<K>) => Serde<Windowed<K>>;
}

export interface WindowedFold<K, A> {
  readonly operator: string;
  readonly prefix: string;
  readonly value: Serde<A> | null;
  readonly supplier: (store: string, sendOldValues: boolean) => ProcessorSupplier;
  readonly store: WindowedStore<K>;
}

/** The store of a windowed aggregate. @throws TOPOLOGY_INVALID when it would forget windows that may still change */
export function declareWindowedStore<K, A>(
  scope: Scope,
  fold: Pick<WindowedFold<K, A>, 'prefix' | 'value' | 'store'>,
  options: WindowStoreOptions<K, A>,
  key: Serde<K> | null,
  emit: EmitStrategy,
): StoreDeclaration {
  const { kind, neededMs, sizeMs } = fold.store;
  const base = declareStore(scope.graph, options, fold.prefix, { key, value: fold.value });
  const retentionMs = options.retentionMs ?? neededMs;
  if (retentionMs < neededMs) {
    throw new StreamsError(
      'TOPOLOGY_INVALID',
      `The ${kind === 'session' ? 'session' : 'window'} store ${base.name} keeps ${retentionMs} ms, less than the ${neededMs} ms in which its windows and their grace may still change; raise retentionMs.`,
    );
  }
  const emitsOnClose = emit === 'onWindowClose';
  return { ...base, kind, retentionMs, windowSizeMs: sizeMs, emitsOnClose, cached: base.cached && !emitsOnClose };
}

/** Appends a windowed aggregate of a grouped stream. */
export function declareWindowed<K, V, A>(
  group: WindowedGroup<K, V>,
  fold: WindowedFold<K, A>,
  options: WindowStoreOptions<K, A>,
): KTable<Windowed<K>, A> {
  const { scope, shape, emit, partition } = group;
  const store = declareWindowedStore(scope, fold, options, shape.key, emit);
  const name = scope.graph.nameOr(options.name, fold.prefix);
  const { node: parent, sources } = partition(store.name, fold.operator);
  const node = scope.graph.append({
    kind: 'aggregate',
    operator: fold.operator,
    name,
    parents: [parent],
    store,
    graceMs: fold.store.graceMs,
    supplier: (sendOldValues: boolean) => fold.supplier(store.name, sendOldValues),
  });
  const key = options.key ?? shape.key;
  return scope.table({
    node,
    key: key === null ? null : fold.store.windowedKey(key),
    value: options.value ?? fold.value,
    sources,
    storeName: options.store ?? null,
  });
}
