import type { DraftNode, PlanBuilder } from './plan-builder.ts';

/**
 * Which nodes belong together because records or stores connect them. Groups are in the order of their first node, and
 * so are the nodes of each: parents before children.
 */
export function connectedGroups(plan: PlanBuilder): readonly (readonly DraftNode[])[] {
  const parent = new Map<string, string>();
  const root = (name: string): string => {
    let at = name;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    return at;
  };
  const unite = (one: string, other: string): void => {
    parent.set(root(other), root(one));
  };
  const firstUser = new Map<string, string>();
  for (const node of plan.nodes.values()) {
    parent.set(node.name, node.name);
    for (const up of node.parents) unite(up, node.name);
    if (node.kind !== 'processor') continue;
    for (const store of node.stores) {
      const user = firstUser.get(store);
      if (user === undefined) firstUser.set(store, node.name);
      else unite(user, node.name);
    }
  }
  const groups = new Map<string, DraftNode[]>();
  for (const node of plan.nodes.values()) {
    const id = root(node.name);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [node]);
    else group.push(node);
  }
  return [...groups.values()];
}
