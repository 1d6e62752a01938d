import type { RecordContext } from '../../core/record.ts';
import type { Serde } from '../../core/serde.ts';
import { filter } from '../../processors/filter.ts';
import { flatMapValues } from '../../processors/flat-map-values.ts';
import { flatMap } from '../../processors/flat-map.ts';
import { forEach } from '../../processors/for-each.ts';
import { mapValues } from '../../processors/map-values.ts';
import { map } from '../../processors/map.ts';
import type { AsyncMapper, DedupeOptions, Failure, MapAsyncOptions, RetryOptions } from '../../processors/options.ts';
import { passThrough } from '../../processors/pass-through.ts';
import { peek } from '../../processors/peek.ts';
import { print } from '../../processors/print.ts';
import type { ProcessorSupplier } from '../../processors/processor.ts';
import { selectKey } from '../../processors/select-key.ts';
import type { DeltaOptions } from '../../sinks/delta/options.ts';
import type { SinkConnector } from '../../sinks/sink.ts';
import type { GroupedStream } from '../grouped-stream.ts';
import type { JoinWindows } from '../join-windows.ts';
import type * as Options from '../options.ts';
import type { SplitStream } from '../split-stream.ts';
import type { KStream, Predicate, ValueMapper } from '../stream.ts';
import type { KTable } from '../table.ts';
import type { StreamPartitioner, TopicNameExtractor } from '../topology.ts';
import { deltaSink } from './delta-sink.ts';
import { declareDedupe, declareMapAsync } from './declare-async.ts';
import { declareRetry } from './declare-retry.ts';
import { declareExternal, declareSink } from './declare-sink.ts';
import { declareProcess, declareStep } from './declare-step.ts';
import { declareSplit } from './declared-split.ts';
import { declareRepartition } from './repartition.ts';
import { declareAnyJoin } from './declare-join.ts';
import type { JoinArguments } from './declare-join.ts';
import { declareStreamJoin } from './declare-stream-join.ts';
import { declareToTable } from './declare-table.ts';
import { SCOPE, SHAPE, shapeOf } from './scope.ts';
import type { Declared, Scope, StreamShape } from './scope.ts';

type Named = Options.NamedOptions;

export class DeclaredStream<K, V> implements KStream<K, V>, Declared<StreamShape<K, V>> {
  readonly [SCOPE]: Scope;
  readonly [SHAPE]: StreamShape<K, V>;

  constructor(scope: Scope, shape: StreamShape<K, V>) {
    this[SCOPE] = scope;
    this[SHAPE] = shape;
  }

  get keySerde(): Serde<K> | null {
    return this[SHAPE].key;
  }
  get valueSerde(): Serde<V> | null {
    return this[SHAPE].value;
  }

  filter<S extends V = V>(predicate: Predicate<K, V>, options: Named = {}): KStream<K, S> {
    return this.#same('filter', 'KSTREAM-FILTER-', filter(predicate, true), options) as unknown as KStream<K, S>;
  }

  filterNot(predicate: Predicate<K, V>, options: Named = {}): KStream<K, V> {
    return this.#same('filterNot', 'KSTREAM-FILTER-', filter(predicate, false), options);
  }

  map<KR, VR>(
    mapper: (value: V, key: K, record: RecordContext) => readonly [KR, VR],
    options: Named = {},
  ): KStream<KR, VR> {
    return this.#rekeyed('map', 'KSTREAM-MAP-', map(mapper), null, options);
  }

  mapValues<VR>(mapper: ValueMapper<K, V, VR>, options: Named = {}): KStream<K, VR> {
    return this.#revalued('mapValues', 'KSTREAM-MAPVALUES-', mapValues(mapper), options);
  }

  flatMap<KR, VR>(
    mapper: (value: V, key: K, record: RecordContext) => Iterable<readonly [KR, VR]>,
    options: Named = {},
  ): KStream<KR, VR> {
    return this.#rekeyed('flatMap', 'KSTREAM-FLATMAP-', flatMap(mapper), null, options);
  }

  flatMapValues<VR>(mapper: ValueMapper<K, V, Iterable<VR>>, options: Named = {}): KStream<K, VR> {
    return this.#revalued('flatMapValues', 'KSTREAM-FLATMAPVALUES-', flatMapValues(mapper), options);
  }

  selectKey<KR>(mapper: ValueMapper<K, V, KR>, options: Named = {}): KStream<KR, V> {
    return this.#rekeyed('selectKey', 'KSTREAM-KEY-SELECT-', selectKey(mapper), this[SHAPE].value, options);
  }

  peek(action: (value: V, key: K, record: RecordContext) => void, options: Named = {}): KStream<K, V> {
    return this.#same('peek', 'KSTREAM-PEEK-', peek(action), options);
  }

  forEach(action: (value: V, key: K, record: RecordContext) => void, options: Named = {}): void {
    this.#step('forEach', 'KSTREAM-FOREACH-', forEach(action), options);
  }

  print(options: Named & { readonly label?: string; readonly write?: (line: string) => void } = {}): void {
    const write = options.write ?? ((line: string) => void process.stdout.write(`${line}\n`));
    this.#step('print', 'KSTREAM-PRINTER-', print(options.label ?? this[SHAPE].name, write), options);
  }

  split(options: Named = {}): SplitStream<K, V> {
    return declareSplit(this[SCOPE], this[SHAPE], options);
  }

  merge<VO>(other: KStream<K, VO>, options: Named = {}): KStream<K, V | VO> {
    const one = this[SHAPE];
    const two = shapeOf(this[SCOPE], other, 'merge');
    const name = this[SCOPE].graph.nameOr(options.name, 'KSTREAM-MERGE-');
    const node = declareStep(this[SCOPE].graph, {
      operator: 'merge',
      name,
      parents: [one.node, two.node],
      supplier: passThrough(),
      stateless: true,
    });
    return this[SCOPE].stream<K, V | VO>({
      node,
      name,
      // A serde stays known where both sides have the same one.
      key: one.key === two.key ? one.key : null,
      value: (one.value as unknown) === two.value ? one.value : null,
      sources: [...new Set([...one.sources, ...two.sources])],
      rekeyed: one.rekeyed || two.rekeyed,
    });
  }

  repartition(options: Options.RepartitionOptions<K, V> = {}): KStream<K, V> {
    const { graph } = this[SCOPE];
    const shape = this[SHAPE];
    const node = graph.append(
      declareRepartition(graph, {
        parent: shape.node,
        name: options.name ?? graph.newName('KSTREAM-REPARTITION-'),
        operator: 'repartition',
        key: options.key ?? shape.key,
        value: options.value ?? shape.value,
        partitions: options.partitions,
        partitioner: options.partitioner as StreamPartitioner | undefined,
      }),
    );
    return this[SCOPE].stream({
      node,
      name: node.name,
      key: options.key ?? shape.key,
      value: options.value ?? shape.value,
      sources: [node.name],
      rekeyed: false,
    });
  }

  toTable(options: Options.MaterializedOptions<K, V> = {}): KTable<K, V> {
    return declareToTable(this[SCOPE], this[SHAPE], options);
  }

  groupByKey(options: Options.GroupedOptions<K, V> = {}): GroupedStream<K, V> {
    const shape = this[SHAPE];
    const key = options.key ?? shape.key;
    const value = options.value ?? shape.value;
    return this[SCOPE].groupedStream({ ...shape, key, value, topic: options.name ?? null });
  }

  groupBy<KR>(mapper: ValueMapper<K, V, KR>, options: Options.GroupedOptions<KR, V> = {}): GroupedStream<KR, V> {
    const shape = this[SHAPE];
    const { node, name } = this.#step('groupBy', 'KSTREAM-KEY-SELECT-', selectKey(mapper), options);
    return this[SCOPE].groupedStream<KR, V>({
      node,
      name,
      key: options.key ?? null,
      value: options.value ?? shape.value,
      sources: shape.sources,
      rekeyed: true,
      topic: options.name ?? null,
    });
  }

  join<R>(...join: JoinArguments): KStream<K, R> {
    return declareAnyJoin(this[SCOPE], this[SHAPE], 'inner', join);
  }

  leftJoin<R>(...join: JoinArguments): KStream<K, R> {
    return declareAnyJoin(this[SCOPE], this[SHAPE], 'left', join);
  }

  outerJoin<VO, R>(
    other: KStream<K, VO>,
    joiner: (value: V | null, other: VO | null, key: K) => R,
    windows: JoinWindows,
    options: Options.StreamJoinOptions<K, V, VO> = {},
  ): KStream<K, R> {
    return declareStreamJoin(this[SCOPE], this[SHAPE], { type: 'outer', other, joiner, windows, options });
  }

  process<KR, VR>(
    supplier: ProcessorSupplier<K, V, KR, VR>,
    options: Options.ProcessOptions<KR, VR> = {},
  ): KStream<KR, VR> {
    const { node, name } = declareProcess(this[SCOPE].graph, this[SHAPE].node, supplier, 'process', options);
    const { sources } = this[SHAPE];
    const { key = null, value = null } = options;
    return this[SCOPE].stream<KR, VR>({ node, name, key, value, sources, rekeyed: true });
  }

  processValues<VR>(
    supplier: ProcessorSupplier<K, V, K, VR>,
    options: Options.ProcessOptions<K, VR> = {},
  ): KStream<K, VR> {
    const { node, name } = declareProcess(this[SCOPE].graph, this[SHAPE].node, supplier, 'processValues', options);
    const shape = this[SHAPE];
    const { key = shape.key, value = null } = options;
    return this[SCOPE].stream<K, VR>({ ...shape, node, name, key, value });
  }

  to(topic: string | TopicNameExtractor<K, V>, options: Options.SinkOptions<K, V> = {}): void {
    declareSink(this[SCOPE].graph, this[SHAPE], topic, options);
  }

  mapAsync<R, E = R>(mapper: AsyncMapper<K, V, R>, options: MapAsyncOptions<K, V, E> = {}): KStream<K, R | E> {
    return declareMapAsync<K, V, R | E>(this[SCOPE], this[SHAPE], mapper, options);
  }

  dedupe(options: DedupeOptions<K, V> = {}): KStream<K, V> {
    return declareDedupe(this[SCOPE], this[SHAPE], options);
  }

  retry<KR, R, D = V>(
    options: RetryOptions<K, V, D>,
    body: (attempts: KStream<K, V>) => KStream<KR, R>,
  ): KStream<KR, Exclude<R, Failure<unknown>>> {
    return declareRetry(this[SCOPE], this[SHAPE], options, body);
  }

  sinkTo(connector: SinkConnector<K, V>, options: Options.ExternalSinkOptions<K, V> = {}): void {
    declareExternal(this[SCOPE].graph, this[SHAPE], connector, options);
  }

  toDelta(table: string, options: DeltaOptions<K, V> & Options.ExternalSinkOptions<K, V>): void {
    this.sinkTo(deltaSink(table, options), options);
  }

  #step(operator: string, prefix: string, supplier: ProcessorSupplier, options: Named) {
    const name = this[SCOPE].graph.nameOr(options.name, prefix);
    const parents = [this[SHAPE].node];
    return { name, node: declareStep(this[SCOPE].graph, { operator, name, parents, supplier, stateless: true }) };
  }

  #same(operator: string, prefix: string, supplier: ProcessorSupplier, options: Named): KStream<K, V> {
    return this[SCOPE].stream({ ...this[SHAPE], ...this.#step(operator, prefix, supplier, options) });
  }

  #revalued<VR>(operator: string, prefix: string, supplier: ProcessorSupplier, options: Named): KStream<K, VR> {
    const step = this.#step(operator, prefix, supplier, options);
    return this[SCOPE].stream<K, VR>({ ...this[SHAPE], ...step, value: null });
  }

  #rekeyed<KR, VR>(
    operator: string,
    prefix: string,
    supplier: ProcessorSupplier,
    value: Serde<VR> | null,
    options: Named,
  ): KStream<KR, VR> {
    const step = this.#step(operator, prefix, supplier, options);
    return this[SCOPE].stream<KR, VR>({ sources: this[SHAPE].sources, ...step, key: null, value, rekeyed: true });
  }
}
