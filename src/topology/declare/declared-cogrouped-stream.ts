import type { Serde, Windowed } from '../../core/serde.ts';
import type { ProcessorSupplier } from '../../processors/processor.ts';
import { streamAggregate } from '../../processors/stream-aggregate.ts';
import { streamSessionAggregate } from '../../processors/stream-session-aggregate.ts';
import type { CogroupedStream, SessionCogroupedStream, WindowedCogroupedStream } from '../cogrouped-stream.ts';
import type { Aggregator, GroupedStream } from '../grouped-stream.ts';
import type { AggregateNode } from '../nodes/aggregate-node.ts';
import type { LogicalNode } from '../nodes/node.ts';
import type { RepartitionNode } from '../nodes/repartition-node.ts';
import type { StoreDeclaration } from '../nodes/store-declaration.ts';
import type { MaterializedOptions, WindowStoreOptions } from '../options.ts';
import type { KTable } from '../table.ts';
import type { Merger } from '../windowed-stream.ts';
import type { SessionWindows, SlidingWindows, TimeWindows } from '../windows.ts';
import { declareStore } from './declare-store.ts';
import { declareWindowedStore } from './declare-windowed.ts';
import { timeAggregate } from './declared-windowed-stream.ts';
import { declareRepartition } from './repartition.ts';
import { groupOf, type Scope } from './scope.ts';
import { windowedStore } from './windowed-store.ts';

const PREFIX = 'COGROUPKSTREAM-AGGREGATE-';

interface Part<K, A> {
  readonly group: GroupedStream<K, unknown>;
  readonly aggregator: Aggregator<K, unknown, A>;
}

interface Place {
  readonly node: LogicalNode;
  readonly sources: readonly string[];
}

type Fold<K, A> = (aggregator: Aggregator<K, unknown, A>, sendOldValues: boolean) => ProcessorSupplier;

export class DeclaredCogroupedStream<K, A> implements CogroupedStream<K, A> {
  readonly #scope: Scope;
  readonly #parts: readonly Part<K, A>[];
  /** Repartitions made for the groups: once each, for all tables of these cogrouped streams. */
  readonly #repartitions: Map<GroupedStream<K, unknown>, RepartitionNode>;

  constructor(
    scope: Scope,
    parts: readonly Part<K, A>[],
    repartitions: Map<GroupedStream<K, unknown>, RepartitionNode> = new Map(),
  ) {
    this.#scope = scope;
    this.#parts = parts;
    this.#repartitions = repartitions;
  }

  cogroup<V>(group: GroupedStream<K, V>, aggregator: Aggregator<K, V, A>): CogroupedStream<K, A> {
    groupOf(this.#scope, group, 'cogroup');
    const part = { group, aggregator } as unknown as Part<K, A>;
    // A group that is named again gets the new function, at its old place.
    const at = this.#parts.findIndex((one) => one.group === part.group);
    const parts = at < 0 ? [...this.#parts, part] : this.#parts.map((one, i) => (i === at ? part : one));
    return new DeclaredCogroupedStream(this.#scope, parts, this.#repartitions);
  }

  aggregate(initializer: () => A, options: MaterializedOptions<K, A> = {}): KTable<K, A> {
    const store = declareStore(this.#scope.graph, options, PREFIX, { key: null, value: null });
    return this.#table(store, options, null, options.key ?? this.#keySerde, (aggregator, sendOldValues) =>
      streamAggregate({ store: store.name, initializer, aggregator, sendOldValues }),
    );
  }

  windowedBy(windows: TimeWindows | SlidingWindows): WindowedCogroupedStream<K, A>;
  windowedBy(windows: SessionWindows): SessionCogroupedStream<K, A>;
  windowedBy(
    windows: TimeWindows | SlidingWindows | SessionWindows,
  ): WindowedCogroupedStream<K, A> | SessionCogroupedStream<K, A> {
    if (windows.kind !== 'session') {
      const aggregate = (initializer: () => A, options: WindowStoreOptions<K, A> = {}): KTable<Windowed<K>, A> =>
        this.#windowed(
          windows,
          options,
          (store) => (aggregator, sendOldValues) =>
            timeAggregate(windows, { store, initializer, aggregator, emit: 'onWindowUpdate', sendOldValues }),
        );
      return { aggregate };
    }
    const { inactivityGapMs, graceMs } = windows;
    return {
      aggregate: (initializer: () => A, merger: Merger<K, A>, options: WindowStoreOptions<K, A> = {}) =>
        this.#windowed(
          windows,
          options,
          (store) => (aggregator, sendOldValues) =>
            streamSessionAggregate({
              store,
              inactivityGapMs,
              graceMs,
              initializer,
              aggregator,
              merger,
              emit: 'onWindowUpdate',
              sendOldValues,
            }),
        ),
    };
  }

  #windowed(
    windows: TimeWindows | SlidingWindows | SessionWindows,
    options: WindowStoreOptions<K, A>,
    fold: (store: string) => Fold<K, A>,
  ): KTable<Windowed<K>, A> {
    const kind = windowedStore<K>(windows);
    const key = options.key ?? this.#keySerde;
    const what = { prefix: PREFIX, value: null, store: kind };
    const store = declareWindowedStore(this.#scope, what, options, key, 'onWindowUpdate');
    const windowedKey = key === null ? null : kind.windowedKey(key);
    return this.#table(store, options, kind.graceMs, windowedKey, fold(store.name));
  }

  get #keySerde(): Serde<K> | null {
    for (const { group } of this.#parts) {
      const { key } = groupOf(this.#scope, group, 'cogroup');
      if (key !== null) return key;
    }
    return null;
  }

  /** All repartitions first, then one aggregate for each group, then the node where they meet. */
  #table<KR>(
    declared: StoreDeclaration,
    options: WindowStoreOptions<K, A>,
    graceMs: number | null,
    key: Serde<KR> | null,
    fold: Fold<K, A>,
  ): KTable<KR, A> {
    const { graph } = this.#scope;
    const store = { ...declared, key: declared.key ?? this.#keySerde };
    const parents = this.#parts.map(({ group }) => this.#partitioned(group, store.name));
    const sources = graph.copartition(parents.flatMap((parent) => parent.sources));
    const aggregates = this.#parts.map(({ aggregator }, i): AggregateNode => {
      const name = graph.nameOr(options.name, PREFIX, `-cogroup-agg-${i}`);
      return graph.append({
        kind: 'aggregate',
        operator: 'cogroup',
        name,
        parents: [parents[i]?.node].filter((node): node is LogicalNode => node !== undefined),
        store,
        graceMs,
        supplier: (sendOldValues) => fold(aggregator, sendOldValues),
      });
    });
    const name = graph.nameOr(options.name, 'COGROUPKSTREAM-MERGE-', '-cogroup-merge');
    const node = graph.append({ kind: 'cogroup', name, parents: aggregates, store });
    return this.#scope.table({
      node,
      key,
      value: options.value ?? null,
      sources,
      storeName: options.store ?? null,
    });
  }

  /** The node whose records of one key are in one partition. Takes its numbers each time, as Kafka Streams does. */
  #partitioned(group: GroupedStream<K, unknown>, storeName: string): Place {
    const { node, rekeyed, sources, topic, key, value } = groupOf(this.#scope, group, 'cogroup');
    if (!rekeyed) return { node, sources };
    const { graph } = this.#scope;
    const name = topic ?? storeName;
    const fresh = declareRepartition(graph, { parent: node, name, operator: 'cogroup', key, value });
    let made = this.#repartitions.get(group);
    if (made === undefined) {
      made = graph.append(fresh);
      this.#repartitions.set(group, made);
    }
    return { node: made, sources: [made.name] };
  }
}
