import { joinWindow } from '../../processors/join-window.ts';
import { passThrough } from '../../processors/pass-through.ts';
import { selfJoin } from '../../processors/self-join.ts';
import { streamJoin } from '../../processors/stream-join.ts';
import type { StreamJoinSide } from '../../processors/stream-join.ts';
import type { JoinWindowNode, StreamJoinNode } from '../nodes/stream-join-node.ts';
import type { PlanBuilder } from './plan-builder.ts';
import { storeSpec } from './store-spec.ts';

const OPERATOR = { inner: 'join', left: 'leftJoin', outer: 'outerJoin' } as const;

export function writeJoinWindow(plan: PlanBuilder, node: JoinWindowNode, parents: readonly string[]): void {
  plan.addProcessor({ name: node.name, parents, supplier: joinWindow(node.store.name), stateless: false });
  plan.addStore(storeSpec(node.store, node.name, 'join'), node.name);
}

/** A stream joined with itself, by the store of its left side alone. */
export function writeSelfJoin(plan: PlanBuilder, node: StreamJoinNode): void {
  const { name, beforeMs, afterMs, graceMs, joiner, thisWindow } = node;
  const supplier = selfJoin(thisWindow.store.name, { beforeMs, afterMs, graceMs, joiner });
  plan.addProcessor({ name, parents: [thisWindow.name], supplier, stateless: false });
  plan.connect(name, [thisWindow.store.name]);
}

/** Both sides, each behind its window, and the node where they meet. */
export function writeStreamJoin(plan: PlanBuilder, node: StreamJoinNode): void {
  const { beforeMs, afterMs, graceMs, type, joiner } = node;
  const waiting = node.waiting === null ? null : storeSpec(node.waiting, node.name, OPERATOR[type]);
  const sides = streamJoin({ beforeMs, afterMs, graceMs, joiner, waiting: waiting?.name ?? null });
  const add = (name: string, window: JoinWindowNode, other: JoinWindowNode, side: StreamJoinSide): void => {
    const supplier = sides({
      side,
      other: other.store.name,
      outer: type === 'outer' || (type === 'left' && side === 'left'),
    });
    plan.addProcessor({ name, parents: [window.name], supplier, stateless: false });
    plan.connect(name, [other.store.name]);
    if (waiting !== null) plan.addStore(waiting, name);
  };
  add(node.thisName, node.thisWindow, node.otherWindow, 'left');
  add(node.otherName, node.otherWindow, node.thisWindow, 'right');
  const parents = [node.thisName, node.otherName];
  plan.addProcessor({ name: node.name, parents, supplier: passThrough(), stateless: true });
}
