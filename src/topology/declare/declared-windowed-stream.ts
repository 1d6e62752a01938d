import { StreamsError } from '../../core/errors.ts';
import type { Serde, Windowed } from '../../core/serde.ts';
import { streamWindowAggregate } from '../../processors/stream-window-aggregate.ts';
import { serdes } from '../../serdes/serdes.ts';
import type { Aggregator, Reducer } from '../grouped-stream.ts';
import type { LogicalNode } from '../nodes/node.ts';
import type { WindowStoreOptions } from '../options.ts';
import type { KTable } from '../table.ts';
import type { TimeWindowedStream } from '../windowed-stream.ts';
import type { TimeWindows } from '../windows.ts';
import { declareStore, isMaterialized } from './declare-store.ts';
import type { GroupedStreamShape, Scope } from './scope.ts';

interface Fold<K, V, A> {
  readonly operator: string;
  readonly prefix: string;
  readonly initializer: (() => A) | null;
  readonly aggregator: Aggregator<K, V, A>;
  readonly value: Serde<A> | null;
}

type Partition = (
  name: string,
  operator: string,
) => { readonly node: LogicalNode; readonly sources: readonly string[] };

export class DeclaredWindowedStream<K, V> implements TimeWindowedStream<K, V> {
  readonly #scope: Scope;
  readonly #shape: GroupedStreamShape<K, V>;
  readonly #windows: TimeWindows;
  readonly #partition: Partition;

  constructor(scope: Scope, shape: GroupedStreamShape<K, V>, windows: TimeWindows, partition: Partition) {
    this.#scope = scope;
    this.#shape = shape;
    this.#windows = windows;
    this.#partition = partition;
  }

  count(options: WindowStoreOptions<K, number> = {}): KTable<Windowed<K>, number> {
    if (isMaterialized(options) && options.store === undefined) this.#scope.graph.newStoreName('KSTREAM-AGGREGATE-');
    return this.#fold(
      {
        operator: 'count',
        prefix: 'KSTREAM-AGGREGATE-',
        initializer: () => 0,
        aggregator: (_value, count) => count + 1,
        value: serdes.int64,
      },
      options,
    );
  }

  reduce(reducer: Reducer<K, V>, options: WindowStoreOptions<K, V> = {}): KTable<Windowed<K>, V> {
    return this.#fold(
      {
        operator: 'reduce',
        prefix: 'KSTREAM-REDUCE-',
        initializer: null,
        aggregator: (value, aggregate, key) => reducer(aggregate, value, key),
        value: this.#shape.value,
      },
      options,
    );
  }

  aggregate<A>(
    initializer: () => A,
    aggregator: Aggregator<K, V, A>,
    options: WindowStoreOptions<K, A> = {},
  ): KTable<Windowed<K>, A> {
    return this.#fold(
      { operator: 'aggregate', prefix: 'KSTREAM-AGGREGATE-', initializer, aggregator, value: null },
      options,
    );
  }

  #fold<A>(fold: Fold<K, V, A>, options: WindowStoreOptions<K, A>): KTable<Windowed<K>, A> {
    const { graph } = this.#scope;
    const { sizeMs, advanceMs, graceMs } = this.#windows;
    const retentionMs = options.retentionMs ?? sizeMs + graceMs;
    const base = declareStore(graph, options, fold.prefix, { key: this.#shape.key, value: fold.value });
    if (retentionMs < sizeMs + graceMs) {
      throw new StreamsError(
        'TOPOLOGY_INVALID',
        `The window store ${base.name} keeps ${retentionMs} ms, less than a window and its grace (${sizeMs} + ${graceMs} ms); raise retentionMs.`,
      );
    }
    const store = { ...base, kind: 'timestampedWindow' as const, retentionMs, windowSizeMs: sizeMs };
    const name = graph.nameOr(options.name, fold.prefix);
    const { node: parent, sources } = this.#partition(store.name, fold.operator);
    const { initializer, aggregator } = fold;
    const windows = { sizeMs, advanceMs, graceMs };
    const node = graph.append({
      kind: 'aggregate',
      operator: fold.operator,
      name,
      parents: [parent],
      store,
      supplier: (sendOldValues: boolean) =>
        streamWindowAggregate({ store: store.name, ...windows, initializer, aggregator, sendOldValues }),
    });
    const key = options.key ?? this.#shape.key;
    return this.#scope.table({
      node,
      key: key === null ? null : serdes.windowed(key, sizeMs),
      value: options.value ?? fold.value,
      sources,
      storeName: options.store ?? null,
    });
  }
}
