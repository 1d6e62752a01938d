import { StreamsError } from '../core/errors.ts';
import { serdes } from '../serdes/serdes.ts';
import type { Serde } from '../core/serde.ts';
import type { ProcessorSupplier } from '../processors/processor.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import { compile } from './compile/compile.ts';
import { compiledTopology } from './compiled-topology.ts';
import { declareGlobalStore, declareGlobalTable } from './declare/declare-global.ts';
import { DeclaredGroupedStream } from './declare/declared-grouped-stream.ts';
import { DeclaredGroupedTable } from './declare/declared-grouped-table.ts';
import { DeclaredStream } from './declare/declared-stream.ts';
import { DeclaredTable } from './declare/declared-table.ts';
import { declareStore } from './declare/declare-store.ts';
import type { Scope } from './declare/scope.ts';
import type { GlobalKTable } from './global-table.ts';
import { Graph } from './graph.ts';
import { checkName } from './names.ts';
import type { BuildOptions, GlobalTableOptions, SourceOptions, TableOptions } from './options.ts';
import type { KStream } from './stream.ts';
import type { KTable } from './table.ts';
import type { TimestampExtractor, Topology } from './topology.ts';

/** Declares a topology. Nothing runs and nothing is checked against a broker; {@link build} makes the plan. */
export class StreamsBuilder {
  readonly #graph = new Graph();
  readonly #scope: Scope;

  constructor() {
    const scope: Scope = {
      graph: this.#graph,
      stream: (shape) => new DeclaredStream(scope, shape),
      table: (shape) => new DeclaredTable(scope, shape),
      groupedStream: (shape) => new DeclaredGroupedStream(scope, shape),
      groupedTable: (shape) => new DeclaredGroupedTable(scope, shape),
    };
    this.#scope = scope;
  }

  /**
   * A stream of the records of a topic, of several, or of all topics whose names match.
   *
   * @throws TOPOLOGY_INVALID without a topic
   */
  stream<K = Buffer, V = Buffer>(
    topics: string | readonly string[] | RegExp,
    options: SourceOptions<K, V> = {},
  ): KStream<K, V> {
    const name = this.#graph.nameOr(options.name, 'KSTREAM-SOURCE-');
    const names = topics instanceof RegExp ? [] : typeof topics === 'string' ? [topics] : [...new Set(topics)];
    if (names.length === 0 && !(topics instanceof RegExp)) {
      throw new StreamsError('TOPOLOGY_INVALID', `stream (${name}): the list of topics is empty; name at least one.`);
    }
    for (const topic of names) checkName(topic);
    const { key, value, ...rest } = source(options);
    const node = this.#graph.append({
      kind: 'source',
      name,
      parents: [],
      topics: Object.freeze(names),
      pattern: topics instanceof RegExp ? topics : null,
      key,
      value,
      ...rest,
      internal: null,
      notBefore: null,
    });
    return this.#scope.stream<K, V>({ node, name, key, value, sources: [name], rekeyed: false });
  }

  /** A table of a topic: the latest value by key. Kept where something looks its rows up, or where `store` names it. */
  table<K = Buffer, V = Buffer>(topic: string, options: TableOptions<K, V> = {}): KTable<K, V> {
    checkName(topic);
    const { key, value, ...rest } = source(options);
    const store = declareStore(this.#graph, options, `${topic}-`, { key, value });
    const sourceName = this.#graph.nameOr(options.name, 'KSTREAM-SOURCE-', '-source');
    const name = this.#graph.nameOr(options.name, 'KTABLE-SOURCE-');
    const node = this.#graph.append({
      kind: 'tableSource',
      name,
      parents: [],
      sourceName,
      topic,
      key,
      value,
      ...rest,
      store,
    });
    return this.#scope.table<K, V>({ node, key, value, sources: [sourceName], storeName: options.store ?? null });
  }

  /**
   * A table that every process reads whole, from all partitions, before the first record: for joins under any key. It is
   * held in memory.
   */
  globalTable<K = Buffer, V = Buffer>(topic: string, options: GlobalTableOptions<K, V> = {}): GlobalKTable<K, V> {
    checkName(topic);
    const { key, value, timestampExtractor } = source(options);
    return declareGlobalTable(this.#scope, topic, { key, value, timestampExtractor }, options);
  }

  /**
   * A store that every process fills by a processor of the application, from all partitions of a topic, before the first
   * record and from then on. The processor is run for each record at each start, so the store need not hold the records as
   * they are. All processors may read it, without naming it in `stores`.
   */
  addGlobalStore<K = Buffer, V = Buffer>(
    spec: StoreSpec,
    topic: string,
    supplier: ProcessorSupplier<K, V, never, never>,
    options: Omit<SourceOptions<K, V>, 'offsetReset'> = {},
  ): this {
    checkName(topic);
    const { key, value, timestampExtractor } = source(options);
    declareGlobalStore(this.#scope, spec, topic, { key, value, timestampExtractor }, supplier, options);
    return this;
  }

  /** A store for `process`; connect it there by its name. */
  addStore(spec: StoreSpec): this {
    this.#graph.append({ kind: 'store', name: checkName(spec.name), parents: [], spec });
    return this;
  }

  /** Checks the topology and compiles it. @throws TOPOLOGY_INVALID naming the nodes and what to do */
  build(options: BuildOptions = {}): Topology {
    return compiledTopology(compile(this.#graph, options));
  }
}

function source<K, V>(options: SourceOptions<K, V>) {
  return {
    key: options.key ?? (serdes.bytes as unknown as Serde<K>),
    value: options.value ?? (serdes.bytes as unknown as Serde<V>),
    timestampExtractor: (options.timestampExtractor as TimestampExtractor | undefined) ?? null,
    offsetReset: options.offsetReset ?? null,
  };
}
