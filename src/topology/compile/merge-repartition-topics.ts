import type { Graph } from '../graph.ts';
import { declareRepartition } from '../declare/repartition.ts';
import type { LogicalNode } from '../nodes/node.ts';
import type { RepartitionNode } from '../nodes/repartition-node.ts';
import type { GraphView } from './graph-view.ts';
import { isKeyChanging, isValueChanging } from './key-changers.ts';
import { invalid } from './require-serde.ts';

/**
 * `merge.repartition.topics`: one repartition right after the operator that changed the key takes the place of all those
 * that its consumers would have. Only where nothing between changed the values; a `repartition()` that was asked for stays.
 * @throws TOPOLOGY_INVALID where two of them follow the same operator, as in Kafka Streams
 */
export function mergeRepartitionTopics(graph: Graph, view: GraphView): GraphView {
  const merged = new MergedRepartitions(view);
  for (const [keyChanger, group] of merged.groups()) {
    const [first] = group;
    if (first === undefined) continue;
    const single = declareRepartition(graph, {
      parent: keyChanger,
      name: first.topic,
      operator: first.operator,
      key: [...group].find(({ key }) => key !== null)?.key ?? null,
      value: [...group].find(({ value }) => value !== null)?.value ?? null,
    });
    merged.replace(keyChanger, group, Object.freeze(single));
  }
  return merged.view();
}

class MergedRepartitions {
  readonly #declared: readonly LogicalNode[];
  readonly #nodes: Set<LogicalNode>;
  readonly #parents = new Map<LogicalNode, Set<LogicalNode>>();
  readonly #after = new Map<LogicalNode, LogicalNode>();
  readonly #renamed: Map<string, string>;

  constructor(view: GraphView) {
    this.#declared = view.nodes;
    this.#nodes = new Set(view.nodes);
    this.#renamed = new Map(view.renamed);
    for (const node of this.#nodes) this.#parents.set(node, new Set(view.parentsOf(node)));
  }

  view(): GraphView {
    const kept = this.#declared.filter((node) => this.#nodes.has(node));
    return {
      nodes: [...kept, ...this.#after.keys()],
      parentsOf: (node) => [...this.#parentsOf(node)],
      after: this.#after,
      renamed: this.#renamed,
    };
  }

  /** The repartitions that belong to an operator that changed the key, or to the merge where several such streams meet. */
  groups(): ReadonlyMap<LogicalNode, ReadonlySet<RepartitionNode>> {
    const groups = new Map<LogicalNode, Set<RepartitionNode>>();
    const merges: LogicalNode[] = [];
    for (const node of this.#nodes) {
      if (isKeyChanging(node)) groups.set(node, new Set());
      else if (node.kind === 'repartition' && node.operator !== 'repartition') {
        const changer = this.#find(node, (one) => isKeyChanging(one) || isValueChanging(one));
        if (changer !== null && isKeyChanging(changer)) groups.get(changer)?.add(node);
      } else if (node.kind === 'step' && node.operator === 'merge') merges.push(node);
    }
    const changersOf = new Map<LogicalNode, LogicalNode[]>();
    for (const merge of merges) {
      const below = (node: LogicalNode): boolean => this.#descends(node, merge);
      const changers = [...groups].filter(
        ([changer, group]) => [...group].every(below) && this.#descends(merge, changer),
      );
      changersOf.set(
        merge,
        changers.map(([changer]) => changer),
      );
    }
    for (const [merge, changers] of changersOf) {
      groups.set(merge, new Set(changers.flatMap((changer) => [...(groups.get(changer) ?? [])])));
    }
    for (const changer of [...changersOf.values()].flat()) groups.delete(changer);
    return groups;
  }

  replace(keyChanger: LogicalNode, group: ReadonlySet<RepartitionNode>, single: RepartitionNode): void {
    this.#after.set(single, keyChanger);
    this.#parents.set(single, new Set());
    for (const old of group) {
      const child = this.#find(old, (node) => this.#parentsOf(node).has(keyChanger));
      if (child === null) {
        throw invalid(
          `${old.name}: the repartitions after ${keyChanger.name} cannot be merged, because two of them follow the same operator. Call repartition() once before them, or build without merge.repartition.topics.`,
        );
      }
      this.#parentsOf(child).add(single);
      this.#parentsOf(child).delete(keyChanger);
      const above = [...this.#parentsOf(old)];
      for (const parents of this.#parents.values()) {
        if (!parents.has(old)) continue;
        for (const parent of above) parents.add(parent);
        parents.delete(old);
      }
      this.#parents.delete(old);
      this.#nodes.delete(old);
      this.#renamed.set(old.name, single.name);
    }
    this.#parentsOf(single).add(keyChanger);
  }

  #parentsOf(node: LogicalNode): Set<LogicalNode> {
    const parents = this.#parents.get(node) ?? new Set();
    this.#parents.set(node, parents);
    return parents;
  }

  #descends(node: LogicalNode, ancestor: LogicalNode): boolean {
    return this.#find(node, (one) => this.#parentsOf(one).has(ancestor)) !== null;
  }

  /** The nearest node upstream, this one included, first parents first. */
  #find(node: LogicalNode, wanted: (node: LogicalNode) => boolean): LogicalNode | null {
    if (wanted(node)) return node;
    for (const parent of this.#parentsOf(node)) {
      const found = wanted(parent) ? parent : this.#find(parent, wanted);
      if (found !== null) return found;
    }
    return null;
  }
}
