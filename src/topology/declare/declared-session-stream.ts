import type { Serde, Windowed } from '../../core/serde.ts';
import type { EmitStrategy } from '../../processors/final-results.ts';
import { streamSessionAggregate } from '../../processors/stream-session-aggregate.ts';
import { serdes } from '../../serdes/serdes.ts';
import type { Aggregator, Reducer } from '../grouped-stream.ts';
import type { WindowStoreOptions } from '../options.ts';
import type { KTable } from '../table.ts';
import type { Merger, SessionWindowedStream } from '../windowed-stream.ts';
import type { SessionWindows } from '../windows.ts';
import { isMaterialized } from './declare-store.ts';
import { declareWindowed, type WindowedGroup } from './declare-windowed.ts';
import { windowedStore } from './windowed-store.ts';

interface Fold<K, V, A> {
  readonly operator: string;
  readonly prefix: string;
  readonly initializer: (() => A) | null;
  readonly aggregator: Aggregator<K, V, A>;
  readonly merger: Merger<K, A>;
  readonly value: Serde<A> | null;
}

export class DeclaredSessionStream<K, V> implements SessionWindowedStream<K, V> {
  readonly #group: WindowedGroup<K, V>;
  readonly #windows: SessionWindows;

  constructor(group: WindowedGroup<K, V>, windows: SessionWindows) {
    this.#group = group;
    this.#windows = windows;
  }

  emitStrategy(emit: EmitStrategy): SessionWindowedStream<K, V> {
    return new DeclaredSessionStream({ ...this.#group, emit }, this.#windows);
  }

  count(options: WindowStoreOptions<K, number> = {}): KTable<Windowed<K>, number> {
    // Kafka Streams throws a number away here, so that topologies of its early versions keep their names.
    if (isMaterialized(options) && options.store === undefined) {
      this.#group.scope.graph.newStoreName('KSTREAM-AGGREGATE-');
    }
    return this.#fold(
      {
        operator: 'count',
        prefix: 'KSTREAM-AGGREGATE-',
        initializer: () => 0,
        aggregator: (_value, count) => count + 1,
        merger: (one, other) => one + other,
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
        merger: reducer,
        value: this.#group.shape.value,
      },
      options,
    );
  }

  aggregate<A>(
    initializer: () => A,
    aggregator: Aggregator<K, V, A>,
    merger: Merger<K, A>,
    options: WindowStoreOptions<K, A> = {},
  ): KTable<Windowed<K>, A> {
    return this.#fold(
      { operator: 'aggregate', prefix: 'KSTREAM-AGGREGATE-', initializer, aggregator, merger, value: null },
      options,
    );
  }

  #fold<A>(fold: Fold<K, V, A>, options: WindowStoreOptions<K, A>): KTable<Windowed<K>, A> {
    const { operator, prefix, value, initializer, aggregator, merger } = fold;
    const { inactivityGapMs, graceMs } = this.#windows;
    const { emit } = this.#group;
    const folding = { inactivityGapMs, graceMs, initializer, aggregator, merger, emit };
    return declareWindowed(
      this.#group,
      {
        operator,
        prefix,
        value,
        store: windowedStore<K>(this.#windows),
        supplier: (store, sendOldValues) => streamSessionAggregate({ store, ...folding, sendOldValues }),
      },
      options,
    );
  }
}
