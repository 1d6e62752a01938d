import { globalJoin } from '../../processors/global-join.ts';
import type { GlobalJoinNode } from '../nodes/global-join-node.ts';
import type { GlobalStoreNode } from '../nodes/global-store-node.ts';
import type { PlanBuilder } from './plan-builder.ts';
import { storeSpec } from './store-spec.ts';

export function writeGlobalStore(plan: PlanBuilder, node: GlobalStoreNode): void {
  const { name, sourceName, topic, key, value, timestampExtractor, supplier } = node;
  plan.addGlobalStore(
    {
      name: sourceName,
      parents: [],
      topics: [topic],
      pattern: null,
      internal: false,
      key,
      value,
      timestampExtractor,
      offsetReset: 'earliest',
      notBefore: null,
    },
    { name, parents: [sourceName], supplier, stateless: false },
    storeSpec(node.store, name, 'globalTable'),
  );
}

export function writeGlobalJoin(plan: PlanBuilder, node: GlobalJoinNode, parents: readonly string[]): void {
  const { name, table, keyOf, joiner, left } = node;
  // Any node may read a global store, so none is connected to it.
  plan.addProcessor({ name, parents, supplier: globalJoin({ table, keyOf, joiner, left }), stateless: false });
}
