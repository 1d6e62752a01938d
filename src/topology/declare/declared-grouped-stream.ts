import type { Serde } from '../../core/serde.ts';
import { batchProcessor } from '../../processors/batch.ts';
import { batchStore } from '../../processors/batch-store.ts';
import type { BatchItem, BatchOptions } from '../../processors/options.ts';
import { streamAggregate } from '../../processors/stream-aggregate.ts';
import { serdes } from '../../serdes/serdes.ts';
import type { CogroupedStream } from '../cogrouped-stream.ts';
import type { Aggregator, GroupedStream, Reducer } from '../grouped-stream.ts';
import type { AggregateNode } from '../nodes/aggregate-node.ts';
import type { LogicalNode } from '../nodes/node.ts';
import type { RepartitionNode } from '../nodes/repartition-node.ts';
import type { MaterializedOptions } from '../options.ts';
import type { KStream } from '../stream.ts';
import type { KTable } from '../table.ts';
import type { SessionWindowedStream, TimeWindowedStream } from '../windowed-stream.ts';
import type { SessionWindows, SlidingWindows, TimeWindows } from '../windows.ts';
import { declareStore, isMaterialized } from './declare-store.ts';
import { DeclaredCogroupedStream } from './declared-cogrouped-stream.ts';
import { DeclaredSessionStream } from './declared-session-stream.ts';
import { DeclaredWindowedStream } from './declared-windowed-stream.ts';
import type { WindowedGroup } from './declare-windowed.ts';
import { needSerde } from './need-serde.ts';
import { declareRepartition } from './repartition.ts';
import { SCOPE, SHAPE } from './scope.ts';
import type { Declared, GroupedStreamShape, Scope } from './scope.ts';

interface Fold<K, V, A> {
  readonly operator: string;
  readonly prefix: string;
  readonly initializer: (() => A) | null;
  readonly aggregator: Aggregator<K, V, A>;
  readonly value: Serde<A> | null;
}

export class DeclaredGroupedStream<K, V> implements GroupedStream<K, V>, Declared<GroupedStreamShape<K, V>> {
  readonly [SCOPE]: Scope;
  readonly [SHAPE]: GroupedStreamShape<K, V>;
  #repartition: RepartitionNode | null = null;

  constructor(scope: Scope, shape: GroupedStreamShape<K, V>) {
    this[SCOPE] = scope;
    this[SHAPE] = shape;
  }

  count(options: MaterializedOptions<K, number> = {}): KTable<K, number> {
    // Kafka Streams throws a number away here, so that topologies of its early versions keep their names.
    if (isMaterialized(options) && options.store === undefined) this[SCOPE].graph.newStoreName('KSTREAM-AGGREGATE-');
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

  reduce(reducer: Reducer<K, V>, options: MaterializedOptions<K, V> = {}): KTable<K, V> {
    return this.#fold(
      {
        operator: 'reduce',
        prefix: 'KSTREAM-REDUCE-',
        initializer: null,
        aggregator: (value, aggregate, key) => reducer(aggregate, value, key),
        value: this[SHAPE].value,
      },
      options,
    );
  }

  aggregate<A>(
    initializer: () => A,
    aggregator: Aggregator<K, V, A>,
    options: MaterializedOptions<K, A> = {},
  ): KTable<K, A> {
    return this.#fold(
      { operator: 'aggregate', prefix: 'KSTREAM-AGGREGATE-', initializer, aggregator, value: null },
      options,
    );
  }

  windowedBy(windows: TimeWindows | SlidingWindows): TimeWindowedStream<K, V>;
  windowedBy(windows: SessionWindows): SessionWindowedStream<K, V>;
  windowedBy(
    windows: TimeWindows | SlidingWindows | SessionWindows,
  ): TimeWindowedStream<K, V> | SessionWindowedStream<K, V> {
    const grouped: WindowedGroup<K, V> = {
      scope: this[SCOPE],
      shape: this[SHAPE],
      emit: 'onWindowUpdate',
      partition: (store, operator) => this.#partitioned(store, operator),
    };
    return windows.kind === 'session'
      ? new DeclaredSessionStream(grouped, windows)
      : new DeclaredWindowedStream(grouped, windows);
  }

  cogroup<A>(aggregator: Aggregator<K, V, A>): CogroupedStream<K, A> {
    return new DeclaredCogroupedStream<K, A>(this[SCOPE], []).cogroup(this, aggregator);
  }

  batch(options: BatchOptions = {}): KStream<K, readonly BatchItem<V>[]> {
    const { graph } = this[SCOPE];
    const name = graph.nameOr(options.name, 'KSTREAM-BATCH-');
    const store = options.store ?? `${name}-open`;
    const what = `batch (${name})`;
    const key = needSerde(this[SHAPE].key, what, 'keys', 'groupByKey or groupBy', 'key');
    const value = needSerde(this[SHAPE].value, what, 'values', 'groupByKey or groupBy', 'value');
    const { node: parent, sources } = this.#partitioned(name, 'batch');
    const node = graph.append({
      kind: 'step',
      operator: 'batch',
      name,
      parents: [parent],
      supplier: batchProcessor<K, V>(options, store),
      uses: [],
      owns: [batchStore(store, key, value)],
      stateless: false,
    });
    return this[SCOPE].stream({ node, name, key, value: null, sources, rekeyed: false });
  }

  #fold<A>(fold: Fold<K, V, A>, options: MaterializedOptions<K, A>): KTable<K, A> {
    const { graph } = this[SCOPE];
    const store = declareStore(graph, options, fold.prefix, { key: this[SHAPE].key, value: fold.value });
    const name = graph.nameOr(options.name, fold.prefix);
    const { node: parent, sources } = this.#partitioned(store.name, fold.operator);
    const { initializer, aggregator } = fold;
    const node: AggregateNode = graph.append({
      kind: 'aggregate',
      operator: fold.operator,
      name,
      parents: [parent],
      store,
      graceMs: null,
      supplier: (sendOldValues) => streamAggregate({ store: store.name, initializer, aggregator, sendOldValues }),
    });
    return this[SCOPE].table({
      node,
      key: options.key ?? this[SHAPE].key,
      value: options.value ?? fold.value,
      sources,
      storeName: options.store ?? null,
    });
  }

  /** The node whose records of one key are in one partition. A repartition that the user named is shared by all that follow. */
  #partitioned(name: string, operator: string): { readonly node: LogicalNode; readonly sources: readonly string[] } {
    const { node, rekeyed, sources, topic, key, value } = this[SHAPE];
    if (!rekeyed) return { node, sources };
    const { graph } = this[SCOPE];
    const fresh = declareRepartition(graph, { parent: node, name: topic ?? name, operator, key, value });
    if (this.#repartition === null || topic === null) this.#repartition = fresh;
    graph.append(this.#repartition);
    return { node: this.#repartition, sources: [this.#repartition.name] };
  }
}
