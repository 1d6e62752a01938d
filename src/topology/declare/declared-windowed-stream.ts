import type { Serde, Windowed } from '../../core/serde.ts';
import type { EmitStrategy } from '../../processors/final-results.ts';
import type { ProcessorSupplier } from '../../processors/processor.ts';
import { streamSlidingAggregate } from '../../processors/stream-sliding-aggregate.ts';
import { streamWindowAggregate } from '../../processors/stream-window-aggregate.ts';
import { serdes } from '../../serdes/serdes.ts';
import type { Aggregator, Reducer } from '../grouped-stream.ts';
import type { WindowStoreOptions } from '../options.ts';
import type { KTable } from '../table.ts';
import type { TimeWindowedStream } from '../windowed-stream.ts';
import type { SlidingWindows, TimeWindows } from '../windows.ts';
import { isMaterialized } from './declare-store.ts';
import { declareWindowed, type WindowedGroup } from './declare-windowed.ts';
import { windowedStore } from './windowed-store.ts';

interface Fold<K, V, A> {
  readonly operator: string;
  readonly prefix: string;
  readonly initializer: (() => A) | null;
  readonly aggregator: Aggregator<K, V, A>;
  readonly value: Serde<A> | null;
}

export class DeclaredWindowedStream<K, V> implements TimeWindowedStream<K, V> {
  readonly #group: WindowedGroup<K, V>;
  readonly #windows: TimeWindows | SlidingWindows;

  constructor(group: WindowedGroup<K, V>, windows: TimeWindows | SlidingWindows) {
    this.#group = group;
    this.#windows = windows;
  }

  emitStrategy(emit: EmitStrategy): TimeWindowedStream<K, V> {
    return new DeclaredWindowedStream({ ...this.#group, emit }, this.#windows);
  }

  count(options: WindowStoreOptions<K, number> = {}): KTable<Windowed<K>, number> {
    // Kafka Streams throws a number away here, but not for sliding windows, which came later.
    if (this.#windows.kind === 'time' && isMaterialized(options) && options.store === undefined) {
      this.#group.scope.graph.newStoreName('KSTREAM-AGGREGATE-');
    }
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
        value: this.#group.shape.value,
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
    const { operator, prefix, value, initializer, aggregator } = fold;
    const { emit } = this.#group;
    return declareWindowed(
      this.#group,
      {
        operator,
        prefix,
        value,
        store: windowedStore<K>(this.#windows),
        supplier: (store, sendOldValues) =>
          timeAggregate(this.#windows, { store, initializer, aggregator, emit, sendOldValues }),
      },
      options,
    );
  }
}

export interface TimeAggregateOptions<K, V, A> {
  readonly store: string;
  readonly initializer: (() => A) | null;
  readonly aggregator: Aggregator<K, V, A>;
  readonly emit: EmitStrategy;
  readonly sendOldValues: boolean;
}

/** The processor for windows of either kind. */
export function timeAggregate<K, V, A>(
  windows: TimeWindows | SlidingWindows,
  options: TimeAggregateOptions<K, V, A>,
): ProcessorSupplier {
  if (windows.kind === 'sliding') {
    const { timeDifferenceMs, graceMs } = windows;
    return streamSlidingAggregate({ ...options, timeDifferenceMs, graceMs });
  }
  const { sizeMs, advanceMs, graceMs } = windows;
  return streamWindowAggregate({ ...options, sizeMs, advanceMs, graceMs });
}
