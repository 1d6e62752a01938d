import { keyValueStore } from '../../src/topology/stores.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import type { OptimizationRule, SourceOptions } from '../../src/topology/options.ts';
import type { KStream } from '../../src/topology/stream.ts';
import type { KTable } from '../../src/topology/table.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { counter } from './counter.ts';
import { aggregate, cogrouped, suppressed, windowed } from './declare-aggregates.ts';
import { joined } from './declare-joins.ts';
import { both, named, type Node, NotYet, type Text, versioned } from './declared.ts';
import { keyMapper, parts, predicate, valueMapper } from './functions.ts';
import type { Op, Scenario } from './scenario-format.ts';

/** Declares a scenario's operators with this project's DSL. */
export function buildScenario(scenario: Scenario): Topology {
  const builder = new StreamsBuilder();
  const nodes = new Map<string, Node>();
  const find = (id: string | undefined): Node => {
    const node = nodes.get(id ?? '');
    if (node === undefined) throw new Error(`no node ${id ?? ''}`);
    return node;
  };
  const stream = (id: string | undefined): KStream<Text, Text> => {
    const node = find(id);
    if (node.kind !== 'stream') throw new Error(`${id ?? ''} is not a stream`);
    return node.it;
  };
  for (const op of scenario.ops) {
    const added = declare(builder, op, find, stream);
    for (const [id, node] of added) nodes.set(id, node);
  }
  return builder.build({ optimization: optimization(scenario.config?.optimization) });
}

function consumed(op: Op): SourceOptions<Text, Text> {
  const { extractor } = op;
  if (extractor === undefined) return { ...both, ...named(op) };
  return {
    ...both,
    ...named(op),
    timestampExtractor: (_key, value, { timestamp }) =>
      value?.includes(extractor) ? -1 : timestamp + (value?.length ?? 0),
  };
}

/** Kafka Streams' `topology.optimization`: a word, or rules separated by commas. */
function optimization(text = 'none'): 'none' | 'all' | OptimizationRule[] {
  return text === 'none' || text === 'all' ? text : (text.split(',') as OptimizationRule[]);
}

function declare(
  builder: StreamsBuilder,
  op: Op,
  find: (id: string | undefined) => Node,
  stream: (id: string | undefined) => KStream<Text, Text>,
): readonly (readonly [string, Node])[] {
  const { id = '', topic = '', fn = { fn: 'identity' } } = op;
  const store = op.store === undefined ? {} : { store: op.store, ...both, ...versioned(op) };
  const asStream = (it: KStream<Text, Text>) => [[id, { kind: 'stream', it }]] as const;
  const asTable = (it: KTable<Text, Text>) => [[id, { kind: 'table', it }]] as const;
  switch (op.op) {
    case 'stream':
      return asStream(
        builder.stream<Text, Text>(
          op.pattern === undefined ? (op.topics ?? topic) : new RegExp(op.pattern),
          consumed(op),
        ),
      );
    case 'table':
      return asTable(builder.table<Text, Text>(topic, { ...consumed(op), ...store }));
    case 'globalTable':
      return [[id, { kind: 'globalTable', it: builder.globalTable<Text, Text>(topic, both) }]];
    case 'filter':
    case 'filterNot': {
      const input = find(op.in);
      const test = predicate(fn);
      if (input.kind === 'table') {
        return asTable(op.op === 'filter' ? input.it.filter(test, store) : input.it.filterNot(test, store));
      }
      return asStream(
        op.op === 'filter' ? stream(op.in).filter(test, named(op)) : stream(op.in).filterNot(test, named(op)),
      );
    }
    case 'mapValues': {
      const input = find(op.in);
      if (input.kind === 'table') return asTable(input.it.mapValues(valueMapper(fn), store));
      return asStream(stream(op.in).mapValues(valueMapper(fn), named(op)));
    }
    case 'map': {
      const key = keyMapper(op.key ?? fn);
      const value = valueMapper(op.value ?? fn);
      return asStream(stream(op.in).map((v, k) => [key(v, k), value(v, k)], named(op)));
    }
    case 'selectKey':
      return asStream(stream(op.in).selectKey(keyMapper(fn), named(op)));
    case 'flatMapValues':
      return asStream(stream(op.in).flatMapValues<Text>(parts, named(op)));
    case 'flatMap': {
      const key = keyMapper(fn);
      return asStream(
        stream(op.in).flatMap<Text, Text>((v, k) => parts(v).map((part) => [key(part, k), part] as const), named(op)),
      );
    }
    case 'merge':
      return asStream(stream(op.in).merge(stream(op.other), named(op)));
    case 'peek':
      return asStream(stream(op.in).peek(() => undefined, named(op)));
    case 'split':
      return split(op, stream(op.in));
    case 'process': {
      const counts = op.store ?? '';
      if (op.unadded !== true) builder.addStore(keyValueStore({ name: counts, ...both }));
      return asStream(stream(op.in).process<Text, Text>(counter(counts, op), { stores: [counts], ...both }));
    }
    case 'repartition':
      return asStream(stream(op.in).repartition({ ...both, name: op.name ?? id }));
    case 'toTable':
      return asTable(stream(op.in).toTable({ ...both, ...store }));
    case 'groupByKey':
      return [[id, { kind: 'group', it: stream(op.in).groupByKey({ ...both, ...named(op) }) }]];
    case 'groupBy': {
      const input = find(op.in);
      if (input.kind !== 'table')
        return [[id, { kind: 'group', it: stream(op.in).groupBy(keyMapper(fn), { ...both, ...named(op) }) }]];
      const key = keyMapper(op.key ?? fn);
      const value = valueMapper(op.value ?? fn);
      return [
        [
          id,
          { kind: 'tableGroup', it: input.it.groupBy((v, k) => [key(v, k), value(v, k)], { ...both, ...named(op) }) },
        ],
      ];
    }
    case 'windowedBy':
      return [[id, windowed(find(op.in), op.window)]];
    case 'count':
    case 'reduce':
    case 'aggregate':
      return [[id, aggregate(op, find(op.in))]];
    case 'suppress':
      return [[id, suppressed(find(op.in), op)]];
    case 'cogroup':
      return [[id, cogrouped(op, find)]];
    case 'toStream': {
      const input = find(op.in);
      if (input.kind === 'windowedTable') {
        return asStream(input.it.toStream<Text>((_v, w) => `${w.key ?? 'null'}@${w.window.start}/${w.window.end}`));
      }
      if (input.kind !== 'table') throw new Error(`${op.in ?? ''} is not a table`);
      return asStream(input.it.toStream(named(op)));
    }
    case 'join':
    case 'leftJoin':
    case 'outerJoin':
      return [[id, joined(op, find(op.in), find(op.other), store)]];
    case 'to':
      stream(op.in).to(op.dynamic ? (_key, value) => (value === null ? `${topic}-null` : topic) : topic, {
        ...both,
        ...named(op),
      });
      return [];
    default:
      throw new NotYet(op.op);
  }
}

function split(op: Op, input: KStream<Text, Text>): readonly (readonly [string, Node])[] {
  const { id = '' } = op;
  let open = input.split({ name: `${id}-` });
  for (const branch of op.branches ?? []) open = open.branch(predicate(branch.fn), { name: branch.name });
  const all = (op.default ? open.default({ name: 'rest' }) : open.noDefault()) as Record<string, KStream<Text, Text>>;
  return Object.entries(all).map(([name, it]) => [`${id}-${name}`, { kind: 'stream', it }] as const);
}
