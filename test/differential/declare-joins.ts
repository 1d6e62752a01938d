import { joinWindow } from '../../src/topology/join-windows.ts';
import { both, named, type Node, NotYet, type Text, text } from './declared.ts';
import { join, keyMapper } from './functions.ts';
import type { Op } from './scenario-format.ts';

export function joined(op: Op, left: Node, right: Node, store: object): Node {
  if (left.kind === 'stream' && right.kind === 'table' && op.op !== 'outerJoin') {
    const serdesAndGrace = {
      ...both,
      ...named(op),
      ...(op.graceMs === undefined ? {} : { graceMs: op.graceMs }),
    };
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
    const serdesOfBoth = { ...both, otherValue: text, ...named(op) };
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
