import type { Serde, Windowed } from '../../src/core/serde.ts';
import type { PunctuationType } from '../../src/processors/processor.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import type { GlobalKTable } from '../../src/topology/global-table.ts';
import type { GroupedStream } from '../../src/topology/grouped-stream.ts';
import type { GroupedTable } from '../../src/topology/grouped-table.ts';
import { joinWindow } from '../../src/topology/join-windows.ts';
import type { OptimizationRule } from '../../src/topology/options.ts';
import type { KStream } from '../../src/topology/stream.ts';
import { untilTimeLimit, untilWindowCloses } from '../../src/topology/suppressed.ts';
import type { KTable } from '../../src/topology/table.ts';
import type { Topology } from '../../src/topology/topology.ts';
import type { SessionWindowedStream, TimeWindowedStream } from '../../src/topology/windowed-stream.ts';
import { keyValueStore } from '../../src/topology/stores.ts';
import { hopping, session, sliding, tumbling } from '../../src/topology/windows.ts';
import type { SessionWindows, SlidingWindows, TimeWindows } from '../../src/topology/windows.ts';
import { counter } from './counter.ts';
import { type Fn, join, keyMapper, parts, predicate, valueMapper } from './functions.ts';

export interface WindowSpec {
  readonly type: string;
  readonly sizeMs?: number;
  readonly gapMs?: number;
  readonly beforeMs?: number;
  readonly afterMs?: number;
  readonly advanceMs?: number;
  readonly graceMs?: number;
  readonly emit?: string;
}

export interface Op {
  readonly op: string;
  readonly id?: string;
  readonly in?: string;
  readonly other?: string;
  readonly topic?: string;
  readonly store?: string;
  /** History retention of a versioned store, in ms. */
  readonly versionedMs?: number;
  /** Of a join with a versioned table. */
  readonly graceMs?: number;
  readonly name?: string;
  readonly fn?: Fn;
  readonly key?: Fn;
  readonly value?: Fn;
  readonly foreignKey?: Fn;
  readonly branches?: readonly { readonly name: string; readonly fn: Fn }[];
  readonly default?: boolean;
  /** Of a processor's punctuator. */
  readonly clock?: PunctuationType;
  readonly everyMs?: number;
  readonly window?: WindowSpec;
  /** Cogrouped streams besides `in`. */
  readonly others?: readonly string[];
  readonly until?: {
    readonly windowCloses?: boolean;
    readonly timeLimitMs?: number;
    readonly maxRecords?: number;
    readonly maxBytes?: number;
  };
}

export interface Input {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly ts: number;
  /** `key=value`. */
  readonly headers?: readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly config?: {
    readonly cacheBytes?: number;
    readonly optimization?: string;
    /** Answer with the headers too. */
    readonly headers?: boolean;
    /** Answer with what these stores have at the end. */
    readonly stores?: readonly string[];
  };
  readonly ops: readonly Op[];
  readonly inputs: readonly (Input | { readonly advanceWallClockMs: number })[];
}

/** Thrown for an operator that this project does not have yet. */
export class NotYet extends Error {}

type Text = string | null;
type Node =
  | { readonly kind: 'stream'; readonly it: KStream<Text, Text> }
  | { readonly kind: 'table'; readonly it: KTable<Text, Text> }
  | { readonly kind: 'globalTable'; readonly it: GlobalKTable<Text, Text> }
  | { readonly kind: 'windowedTable'; readonly it: KTable<Windowed<Text>, Text> }
  | { readonly kind: 'group'; readonly it: GroupedStream<Text, Text> }
  | { readonly kind: 'tableGroup'; readonly it: GroupedTable<Text, Text> }
  | { readonly kind: 'windows'; readonly it: TimeWindowedStream<Text, Text> }
  | { readonly kind: 'sessions'; readonly it: SessionWindowedStream<Text, Text> };

const text = serdes.string as unknown as Serde<Text>;
const both = { key: text, value: text };

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

function versioned({ versionedMs }: Op): { versioned?: { historyRetentionMs: number } } {
  return versionedMs === undefined ? {} : { versioned: { historyRetentionMs: versionedMs } };
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
      return asStream(builder.stream<Text, Text>(topic, both));
    case 'table':
      return asTable(builder.table<Text, Text>(topic, { ...both, ...store }));
    case 'globalTable':
      return [[id, { kind: 'globalTable', it: builder.globalTable<Text, Text>(topic, both) }]];
    case 'filter':
    case 'filterNot': {
      const input = find(op.in);
      const test = predicate(fn);
      if (input.kind === 'table') {
        return asTable(op.op === 'filter' ? input.it.filter(test, store) : input.it.filterNot(test, store));
      }
      return asStream(op.op === 'filter' ? stream(op.in).filter(test) : stream(op.in).filterNot(test));
    }
    case 'mapValues': {
      const input = find(op.in);
      if (input.kind === 'table') return asTable(input.it.mapValues(valueMapper(fn), store));
      return asStream(stream(op.in).mapValues(valueMapper(fn)));
    }
    case 'map': {
      const key = keyMapper(op.key ?? fn);
      const value = valueMapper(op.value ?? fn);
      return asStream(stream(op.in).map((v, k) => [key(v, k), value(v, k)]));
    }
    case 'selectKey':
      return asStream(stream(op.in).selectKey(keyMapper(fn)));
    case 'flatMapValues':
      return asStream(stream(op.in).flatMapValues<Text>(parts));
    case 'flatMap': {
      const key = keyMapper(fn);
      return asStream(
        stream(op.in).flatMap<Text, Text>((v, k) => parts(v).map((part) => [key(part, k), part] as const)),
      );
    }
    case 'merge':
      return asStream(stream(op.in).merge(stream(op.other)));
    case 'split':
      return split(op, stream(op.in));
    case 'process': {
      const counts = op.store ?? '';
      builder.addStore(keyValueStore({ name: counts, ...both }));
      return asStream(stream(op.in).process<Text, Text>(counter(counts, op), { stores: [counts], ...both }));
    }
    case 'repartition':
      return asStream(stream(op.in).repartition({ ...both, name: op.name ?? id }));
    case 'toTable':
      return asTable(stream(op.in).toTable({ ...both, ...store }));
    case 'groupByKey':
      return [[id, { kind: 'group', it: stream(op.in).groupByKey(both) }]];
    case 'groupBy': {
      const input = find(op.in);
      if (input.kind !== 'table') return [[id, { kind: 'group', it: stream(op.in).groupBy(keyMapper(fn), both) }]];
      const key = keyMapper(op.key ?? fn);
      const value = valueMapper(op.value ?? fn);
      return [[id, { kind: 'tableGroup', it: input.it.groupBy((v, k) => [key(v, k), value(v, k)], both) }]];
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
      return asStream(input.it.toStream());
    }
    case 'join':
    case 'leftJoin':
    case 'outerJoin':
      return [[id, joined(op, find(op.in), find(op.other), store)]];
    case 'to':
      stream(op.in).to(topic, both);
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

function windowed(input: Node, spec: WindowSpec | undefined): Node {
  if (input.kind !== 'group' || spec === undefined) throw new Error('windowedBy needs a grouped stream');
  const emit = spec.emit === 'close' ? 'onWindowClose' : 'onWindowUpdate';
  const windows = windowsOf(spec);
  return windows.kind === 'session'
    ? { kind: 'sessions', it: input.it.windowedBy(windows).emitStrategy(emit) }
    : { kind: 'windows', it: input.it.windowedBy(windows).emitStrategy(emit) };
}

function windowsOf(spec: WindowSpec): TimeWindows | SlidingWindows | SessionWindows {
  const { type, sizeMs = 0, graceMs = 0, gapMs = 0, advanceMs = sizeMs } = spec;
  if (type === 'session') return session({ inactivityGapMs: gapMs, graceMs });
  if (type === 'sliding') return sliding({ timeDifferenceMs: sizeMs, graceMs });
  return type === 'hopping' ? hopping({ sizeMs, graceMs, advanceMs }) : tumbling({ sizeMs, graceMs });
}

function suppressed(input: Node, { until = {}, name }: Op): Node {
  const { timeLimitMs: limitMs, maxRecords = Infinity, maxBytes = Infinity } = until;
  const named = name === undefined ? {} : { name };
  if (input.kind === 'table' && limitMs !== undefined) {
    return {
      kind: 'table',
      it: input.it.suppress(untilTimeLimit({ limitMs, maxRecords, maxBytes }), { ...both, ...named }),
    };
  }
  if (input.kind !== 'windowedTable') throw new Error('suppress needs a table');
  const how = limitMs === undefined ? untilWindowCloses() : untilTimeLimit({ limitMs, maxRecords, maxBytes });
  return { kind: 'windowedTable', it: input.it.suppress(how, named) };
}

function cogrouped(op: Op, find: (id: string | undefined) => Node): Node {
  const group = (id: string | undefined): GroupedStream<Text, Text> => {
    const node = find(id);
    if (node.kind !== 'group') throw new Error('cogroup needs grouped streams');
    return node.it;
  };
  const named = {
    ...both,
    ...(op.store === undefined ? {} : { store: op.store }),
    ...(op.name === undefined ? {} : { name: op.name }),
  };
  const empty = (): Text => '';
  let all = group(op.in).cogroup<Text>((value, sum) => `${sum ?? 'null'}${value ?? 'null'}`);
  for (const other of op.others ?? []) {
    all = all.cogroup(group(other), (value, sum) => `${sum ?? 'null'}/${value ?? 'null'}`);
  }
  if (op.window === undefined) return { kind: 'table', it: all.aggregate(empty, named) };
  const windows = windowsOf(op.window);
  if (windows.kind === 'session') {
    const merge = (one: Text, other: Text): Text => `${one ?? 'null'}${other ?? 'null'}`;
    return { kind: 'windowedTable', it: all.windowedBy(windows).aggregate(empty, merge, named) };
  }
  return { kind: 'windowedTable', it: all.windowedBy(windows).aggregate(empty, named) };
}

function aggregate(op: Op, input: Node): Node {
  const named = { ...both, ...(op.store === undefined ? {} : { store: op.store }), ...versioned(op) };
  const add = (value: Text, sum: Text): Text => `${sum ?? 'null'}${value ?? 'null'}`;
  const concat = (sum: Text, value: Text): Text => add(value, sum);
  const subtract = (value: Text, sum: Text): Text => `${sum ?? 'null'}-${value ?? 'null'}`;
  const empty = (): Text => '';
  const count = (n: number): Text => String(n);
  switch (input.kind) {
    case 'group': {
      if (op.op === 'count') return { kind: 'table', it: input.it.count().mapValues(count) };
      if (op.op === 'reduce') return { kind: 'table', it: input.it.reduce(concat, named) };
      return { kind: 'table', it: input.it.aggregate(empty, add, named) };
    }
    case 'tableGroup': {
      if (op.op === 'count') return { kind: 'table', it: input.it.count().mapValues(count) };
      if (op.op === 'reduce') {
        return { kind: 'table', it: input.it.reduce(concat, (sum, value) => subtract(value, sum), named) };
      }
      return { kind: 'table', it: input.it.aggregate(empty, add, subtract, named) };
    }
    case 'windows': {
      if (op.op === 'count') {
        return {
          kind: 'windowedTable',
          it: input.it.aggregate<Text>(
            () => '0',
            (_value, n) => String(Number(n) + 1),
            named,
          ),
        };
      }
      if (op.op === 'reduce') return { kind: 'windowedTable', it: input.it.reduce(concat, named) };
      return { kind: 'windowedTable', it: input.it.aggregate(empty, add, named) };
    }
    case 'sessions': {
      if (op.op === 'count') {
        return {
          kind: 'windowedTable',
          it: input.it.aggregate<Text>(
            () => '0',
            (_value, n) => String(Number(n) + 1),
            (one, other) => String(Number(one) + Number(other)),
            named,
          ),
        };
      }
      if (op.op === 'reduce') return { kind: 'windowedTable', it: input.it.reduce(concat, named) };
      return { kind: 'windowedTable', it: input.it.aggregate<Text>(empty, add, concat, named) };
    }
    case 'stream':
    case 'table':
    case 'globalTable':
    case 'windowedTable':
      throw new Error(`${op.op} needs a group`);
  }
}

function joined(op: Op, left: Node, right: Node, store: object): Node {
  if (left.kind === 'stream' && right.kind === 'table' && op.op !== 'outerJoin') {
    const serdesAndGrace = { ...both, ...(op.graceMs === undefined ? {} : { graceMs: op.graceMs }) };
    return {
      kind: 'stream',
      it:
        op.op === 'join'
          ? left.it.join(right.it, join, serdesAndGrace)
          : left.it.leftJoin<Text, Text>(right.it, join, serdesAndGrace),
    };
  }
  if (left.kind === 'stream' && right.kind === 'stream') {
    const { beforeMs = 0, afterMs = 0, graceMs = 0 } = op.window ?? {};
    const windows = joinWindow({ beforeMs, afterMs, graceMs });
    const serdesOfBoth = { ...both, otherValue: text };
    if (op.op === 'join') return { kind: 'stream', it: left.it.join(right.it, join, windows, serdesOfBoth) };
    if (op.op === 'leftJoin')
      return { kind: 'stream', it: left.it.leftJoin<Text, string>(right.it, join, windows, serdesOfBoth) };
    return { kind: 'stream', it: left.it.outerJoin<Text, string>(right.it, join, windows, serdesOfBoth) };
  }
  if (left.kind === 'stream' && right.kind === 'globalTable') {
    const keyOf = keyMapper(op.key ?? { fn: 'identity' });
    if (op.op === 'join') return { kind: 'stream', it: left.it.join(right.it, keyOf, join) };
    return { kind: 'stream', it: left.it.leftJoin<Text, Text, string>(right.it, keyOf, join) };
  }
  if (left.kind === 'table' && right.kind === 'table' && op.foreignKey !== undefined) {
    const keyOf = keyMapper(op.foreignKey);
    const foreignKeyOf = (value: Text): Text => keyOf(value, null);
    const kept = { ...both, ...store, thisValue: text, otherKey: text, otherValue: text };
    if (op.op === 'join')
      return { kind: 'table', it: left.it.join<Text, Text, Text>(right.it, foreignKeyOf, join, kept) };
    return { kind: 'table', it: left.it.leftJoin<Text, Text, Text>(right.it, foreignKeyOf, join, kept) };
  }
  if (left.kind === 'table' && right.kind === 'table') {
    if (op.op === 'join') return { kind: 'table', it: left.it.join<Text, Text>(right.it, join, store) };
    if (op.op === 'leftJoin') return { kind: 'table', it: left.it.leftJoin<Text, Text>(right.it, join, store) };
    return { kind: 'table', it: left.it.outerJoin<Text, Text>(right.it, join, store) };
  }
  throw new NotYet(`${op.op} of ${left.kind} and ${right.kind}`);
}
