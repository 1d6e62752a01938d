import { type Suppressed, untilTimeLimit, untilWindowCloses } from '../../src/topology/suppressed.ts';
import type { GroupedStream } from '../../src/topology/grouped-stream.ts';
import { hopping, session, sliding, tumbling } from '../../src/topology/windows.ts';
import type { SessionWindows, SlidingWindows, TimeWindows } from '../../src/topology/windows.ts';
import { both, type Node, type Text, versioned } from './declared.ts';
import type { Op, WindowSpec } from './scenario-format.ts';

export function windowed(input: Node, spec: WindowSpec | undefined): Node {
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

export function suppressed(input: Node, { until = {}, name }: Op): Node {
  const { timeLimitMs: limitMs, maxRecords = Infinity, maxBytes = Infinity } = until;
  const named = name === undefined ? {} : { name };
  if (input.kind === 'table' && limitMs !== undefined) {
    return {
      kind: 'table',
      it: input.it.suppress(untilTimeLimit({ limitMs, maxRecords, maxBytes }), { ...both, ...named }),
    };
  }
  if (input.kind === 'table') {
    // The compiler refuses this.
    const final = untilWindowCloses() as unknown as Suppressed<Text>;
    return { kind: 'table', it: input.it.suppress(final, { ...both, ...named }) };
  }
  if (input.kind !== 'windowedTable') throw new Error('suppress needs a table');
  const how = limitMs === undefined ? untilWindowCloses() : untilTimeLimit({ limitMs, maxRecords, maxBytes });
  return { kind: 'windowedTable', it: input.it.suppress(how, named) };
}

export function cogrouped(op: Op, find: (id: string | undefined) => Node): Node {
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

export function aggregate(op: Op, input: Node): Node {
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
