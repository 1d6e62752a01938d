import type { Serde } from '../../core/serde.ts';
import { tableAggregate } from '../../processors/table-aggregate.ts';
import { serdes } from '../../serdes/serdes.ts';
import type { Aggregator, Reducer } from '../grouped-stream.ts';
import type { GroupedTable } from '../grouped-table.ts';
import { checkName } from '../names.ts';
import type { TableRepartitionNode } from '../nodes/table-repartition-node.ts';
import type { MaterializedOptions } from '../options.ts';
import type { KTable } from '../table.ts';
import { declareStore } from './declare-store.ts';
import type { GroupedTableShape, Scope } from './scope.ts';

interface Fold<K, V, A> {
  readonly operator: string;
  readonly prefix: string;
  readonly initializer: (() => A) | null;
  readonly adder: Aggregator<K, V, A>;
  readonly subtractor: Aggregator<K, V, A>;
  readonly value: Serde<A> | null;
}

export class DeclaredGroupedTable<K, V> implements GroupedTable<K, V> {
  readonly #scope: Scope;
  readonly #shape: GroupedTableShape<K, V>;
  #repartition: TableRepartitionNode | null = null;

  constructor(scope: Scope, shape: GroupedTableShape<K, V>) {
    this.#scope = scope;
    this.#shape = shape;
  }

  count(options: MaterializedOptions<K, number> = {}): KTable<K, number> {
    return this.#fold(
      {
        operator: 'count',
        prefix: 'KTABLE-AGGREGATE-',
        initializer: () => 0,
        adder: (_value, count) => count + 1,
        subtractor: (_value, count) => count - 1,
        value: serdes.int64,
      },
      options,
    );
  }

  reduce(adder: Reducer<K, V>, subtractor: Reducer<K, V>, options: MaterializedOptions<K, V> = {}): KTable<K, V> {
    return this.#fold(
      {
        operator: 'reduce',
        prefix: 'KTABLE-REDUCE-',
        initializer: null,
        adder: (value, aggregate, key) => adder(aggregate, value, key),
        subtractor: (value, aggregate, key) => subtractor(aggregate, value, key),
        value: this.#shape.value,
      },
      options,
    );
  }

  aggregate<A>(
    initializer: () => A,
    adder: Aggregator<K, V, A>,
    subtractor: Aggregator<K, V, A>,
    options: MaterializedOptions<K, A> = {},
  ): KTable<K, A> {
    return this.#fold(
      { operator: 'aggregate', prefix: 'KTABLE-AGGREGATE-', initializer, adder, subtractor, value: null },
      options,
    );
  }

  #fold<A>(fold: Fold<K, V, A>, options: MaterializedOptions<K, A>): KTable<K, A> {
    const { graph } = this.#scope;
    const shape = this.#shape;
    // The store of a reduce is called an aggregate's too, as in Kafka Streams.
    const store = declareStore(graph, options, 'KTABLE-AGGREGATE-', { key: shape.key, value: fold.value });
    const sinkName = graph.nameOr(options.name, 'KSTREAM-SINK-', '-sink');
    const sourceName = graph.nameOr(options.name, 'KSTREAM-SOURCE-', '-source');
    const name = graph.nameOr(options.name, fold.prefix);
    if (this.#repartition === null || shape.topic === null) {
      this.#repartition = {
        kind: 'tableRepartition',
        name: sourceName,
        parents: [shape.node],
        sinkName,
        topic: checkName(`${shape.topic ?? store.name}-repartition`),
        key: shape.key,
        value: shape.value,
      };
    }
    const parent = graph.append(this.#repartition);
    const { initializer, adder, subtractor } = fold;
    const node = graph.append({
      kind: 'aggregate',
      operator: fold.operator,
      name,
      parents: [parent],
      store,
      graceMs: null,
      supplier: (sendOldValues: boolean) =>
        tableAggregate({ store: store.name, initializer, adder, subtractor, sendOldValues }),
    });
    return this.#scope.table({
      node,
      key: options.key ?? shape.key,
      value: options.value ?? fold.value,
      sources: [parent.name],
      storeName: options.store ?? null,
    });
  }
}
