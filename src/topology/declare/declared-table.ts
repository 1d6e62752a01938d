import type { Serde } from '../../core/serde.ts';
import { tableFilter } from '../../processors/table-filter.ts';
import { tableGroupBy } from '../../processors/table-group-by.ts';
import { tableMapValues } from '../../processors/table-map-values.ts';
import { tableToStream } from '../../processors/table-to-stream.ts';
import { filteredGetter, mappedGetter } from '../../processors/value-getter.ts';
import type { ValueGetterSupplier } from '../../processors/value-getter.ts';
import type { GroupedTable } from '../grouped-table.ts';
import type { StoreDeclaration } from '../nodes/store-declaration.ts';
import type { TableJoinNode } from '../nodes/table-join-node.ts';
import type { GroupedOptions, MaterializedOptions, NamedOptions } from '../options.ts';
import type { KStream } from '../stream.ts';
import type { Suppressed, SuppressOptions } from '../suppressed.ts';
import type { KTable } from '../table.ts';
import { declareForeignJoin } from './declare-foreign-join.ts';
import type { AnyFunction } from './declare-join.ts';
import { declareSuppress } from './declare-suppress.ts';
import { declareStore, isMaterialized } from './declare-store.ts';
import { needSerde } from './need-serde.ts';
import { SCOPE, SHAPE, shapeOf } from './scope.ts';
import type { Declared, Scope, TableShape } from './scope.ts';

export class DeclaredTable<K, V> implements KTable<K, V>, Declared<TableShape<K, V>> {
  readonly [SCOPE]: Scope;
  readonly [SHAPE]: TableShape<K, V>;

  constructor(scope: Scope, shape: TableShape<K, V>) {
    this[SCOPE] = scope;
    this[SHAPE] = shape;
  }

  get keySerde(): Serde<K> | null {
    return this[SHAPE].key;
  }
  get valueSerde(): Serde<V> | null {
    return this[SHAPE].value;
  }
  get storeName(): string | null {
    return this[SHAPE].storeName;
  }

  filter<S extends V = V>(
    predicate: (value: V, key: K) => boolean,
    options: MaterializedOptions<K, S> = {},
  ): KTable<K, S> {
    return this.#filtered('filter', predicate, true, options) as unknown as KTable<K, S>;
  }

  filterNot(predicate: (value: V, key: K) => boolean, options: MaterializedOptions<K, V> = {}): KTable<K, V> {
    return this.#filtered('filterNot', predicate, false, options);
  }

  mapValues<VR>(mapper: (value: V, key: K) => VR, options: MaterializedOptions<K, VR> = {}): KTable<K, VR> {
    const { graph } = this[SCOPE];
    const store = this.#optionalStore(options, 'KTABLE-MAPVALUES-', null);
    const node = graph.append({
      kind: 'tableStep',
      operator: 'mapValues',
      name: graph.nameOr(options.name, 'KTABLE-MAPVALUES-'),
      parents: [this[SHAPE].node],
      store,
      supplier: (name, sendOldValues) => tableMapValues({ mapper, store: name, sendOldValues }),
      getter: (parent) => mappedGetter(parent as ValueGetterSupplier<K, V>, mapper) as ValueGetterSupplier,
    });
    const { key, sources } = this[SHAPE];
    return this[SCOPE].table<K, VR>({
      node,
      key: options.key ?? key,
      value: options.value ?? null,
      sources,
      storeName: store?.name ?? null,
    });
  }

  suppress(suppressed: Suppressed<K>, options: SuppressOptions<K, V> = {}): KTable<K, V> {
    return declareSuppress(this[SCOPE], this[SHAPE], suppressed, options);
  }

  toStream<KR>(mapper: (value: V, key: K) => KR, options?: NamedOptions): KStream<KR, V>;
  toStream(options?: NamedOptions): KStream<K, V>;
  toStream<KR>(
    first: NamedOptions | ((value: V, key: K) => KR) = {},
    second: NamedOptions = {},
  ): KStream<K, V> | KStream<KR, V> {
    const mapper = typeof first === 'function' ? first : null;
    const options = typeof first === 'function' ? second : first;
    const { graph } = this[SCOPE];
    const { key, value, sources } = this[SHAPE];
    const name = graph.nameOr(options.name, 'KTABLE-TOSTREAM-');
    const node = graph.append({
      kind: 'step',
      operator: 'toStream',
      name,
      parents: [this[SHAPE].node],
      supplier: tableToStream(),
      uses: [],
      owns: [],
      stateless: true,
    });
    const stream = this[SCOPE].stream({ node, name, key, value, sources, rekeyed: false });
    return mapper === null ? stream : stream.selectKey((row, rowKey) => mapper(row, rowKey));
  }

  groupBy<KR, VR>(
    mapper: (value: V, key: K) => readonly [KR, VR],
    options: GroupedOptions<KR, VR> = {},
  ): GroupedTable<KR, VR> {
    const { graph } = this[SCOPE];
    const name = graph.nameOr(options.name, 'KTABLE-SELECT-');
    const key = needSerde(options.key ?? null, `groupBy (${name})`, 'keys', 'groupBy', 'key');
    const node = graph.append({
      kind: 'tableGroup',
      name,
      parents: [this[SHAPE].node],
      supplier: tableGroupBy(mapper, key),
    });
    return this[SCOPE].groupedTable({ node, key, value: options.value ?? null, topic: options.name ?? null });
  }

  join<R>(...join: TableJoinArguments): KTable<K, R> {
    return this.#anyJoin('inner', join);
  }

  leftJoin<R>(...join: TableJoinArguments): KTable<K, R> {
    return this.#anyJoin('left', join);
  }

  outerJoin<VO, R>(
    other: KTable<K, VO>,
    joiner: (value: V | null, other: VO | null, key: K) => R,
    options: MaterializedOptions<K, R> = {},
  ): KTable<K, R> {
    return this.#joined('outer', other, joiner as Joiner, options);
  }

  /** Tells the two forms apart: only a join by a foreign key comes with two functions. */
  #anyJoin<R>(type: 'inner' | 'left', [other, first, second, options]: TableJoinArguments): KTable<K, R> {
    const table = other as KTable<K, unknown>;
    if (typeof second !== 'function') {
      return this.#joined(type, table, first as Joiner, second ?? {});
    }
    return declareForeignJoin(this[SCOPE], this[SHAPE], {
      foreign: other as KTable<unknown, unknown>,
      foreignKeyOf: first as (value: V, key: K) => unknown,
      joiner: second as (value: V, foreign: unknown, key: K) => R,
      left: type === 'left',
      options: options ?? {},
    });
  }

  #filtered(
    operator: 'filter' | 'filterNot',
    predicate: (value: V, key: K) => boolean,
    keep: boolean,
    options: MaterializedOptions<K, V>,
  ): KTable<K, V> {
    const { graph } = this[SCOPE];
    const { key, value, sources, node: parent } = this[SHAPE];
    const store = this.#optionalStore(options, 'KTABLE-FILTER-', value);
    const node = graph.append({
      kind: 'tableStep',
      operator,
      name: graph.nameOr(options.name, 'KTABLE-FILTER-'),
      parents: [parent],
      store,
      supplier: (name, sendOldValues, versioned) =>
        tableFilter({ predicate, keep, store: name, sendOldValues, versioned }),
      getter: (rows) => filteredGetter(rows as ValueGetterSupplier<K, V>, predicate, keep) as ValueGetterSupplier,
    });
    return this[SCOPE].table({
      node,
      key: options.key ?? key,
      value: options.value ?? value,
      sources,
      storeName: store?.name ?? null,
    });
  }

  /** A store only where the user named one; other store options take a number and keep nothing, as in Kafka Streams. */
  #optionalStore(
    options: MaterializedOptions<K, unknown>,
    prefix: string,
    value: Serde<unknown> | null,
  ): StoreDeclaration | null {
    if (!isMaterialized(options)) return null;
    const store = declareStore(this[SCOPE].graph, options, prefix, { key: this[SHAPE].key, value });
    return store.queryable ? store : null;
  }

  #joined<VO, R>(
    type: TableJoinNode['type'],
    other: KTable<K, VO>,
    joiner: Joiner,
    options: MaterializedOptions<K, R>,
  ): KTable<K, R> {
    const { graph } = this[SCOPE];
    const right = shapeOf(this[SCOPE], other, `${type} join of tables`);
    const { key, node: left, sources: leftSources } = this[SHAPE];
    const store = isMaterialized(options) ? declareStore(graph, options, 'KTABLE-MERGE-', { key, value: null }) : null;
    const name = graph.nameOr(options.name, 'KTABLE-MERGE-');
    const sources = graph.copartition([...leftSources, ...right.sources]);
    const node = graph.append({
      kind: 'tableJoin',
      type,
      name,
      thisName: graph.nameOr(options.name, 'KTABLE-JOINTHIS-', '-join-this'),
      otherName: graph.nameOr(options.name, 'KTABLE-JOINOTHER-', '-join-other'),
      parents: [left, right.node],
      joiner,
      store,
    });
    return this[SCOPE].table({
      node,
      key: options.key ?? key,
      value: options.value ?? null,
      sources,
      storeName: store?.name ?? null,
    });
  }
}

/** What `join` and `leftJoin` of a table take. The interface has the types. */
type TableJoinArguments = readonly [other: object, first: AnyFunction, second?: unknown, options?: unknown];
type Joiner = (value: unknown, other: unknown, key: unknown) => unknown;
