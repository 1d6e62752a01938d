import type { Graph } from '../graph.ts';
import type { ExternalNode } from '../nodes/external-node.ts';
import type { LogicalNode } from '../nodes/node.ts';
import type { StreamJoinNode } from '../nodes/stream-join-node.ts';
import type { TopologyPlan } from '../topology.ts';
import type { BuildOptions } from '../options.ts';
import { buildOrder } from './build-order.ts';
import { checkPlan } from './check-plan.ts';
import { finishPlan } from './finish-plan.ts';
import type { GraphView } from './graph-view.ts';
import { isolateExternals } from './isolate-externals.ts';
import { mergeRepartitionTopics } from './merge-repartition-topics.ts';
import { mergeSources } from './merge-sources.ts';
import { nullKeyReaders } from './null-key-readers.ts';
import { optimizationRules } from './optimization-rules.ts';
import { PlanBuilder } from './plan-builder.ts';
import { TableDemand } from './table-demand.ts';
import { writeNode } from './write-node.ts';
import { writeSelfJoin } from './write-stream-join.ts';
import { writeRepartition } from './write-repartition.ts';

/** Makes the plan of a declared graph. @throws TOPOLOGY_INVALID naming the nodes and what to do */
export function compile(graph: Graph, options: BuildOptions = {}): TopologyPlan {
  const rules = optimizationRules(options.optimization);
  const view = rules.has('merge.repartition.topics')
    ? mergeRepartitionTopics(graph, sharedSources(graph))
    : sharedSources(graph);
  const { nodes } = view;
  const parentsOf = (node: LogicalNode): readonly LogicalNode[] => view.parentsOf(node);

  const demand = new TableDemand();
  for (const node of new Set(graph.nodes)) demand.declare(node);

  const readers = nullKeyReaders(nodes, parentsOf);
  const plan = new PlanBuilder(rules.has('reuse.ktable.source.topics'));
  const selfJoins = rules.has('single.store.self.join') ? selfJoinsOf(view) : new Map<LogicalNode, StreamJoinNode>();
  const externals: { node: ExternalNode; parent: string }[] = [];
  for (const node of buildOrder(view)) {
    const parents = parentsOf(node).map(({ name }) => name);
    if (node.kind === 'external') externals.push({ node, parent: parents[0] ?? '' });
    else if (node.kind === 'streamJoin' && selfJoins.has(node.otherWindow)) writeSelfJoin(plan, node);
    else if (selfJoins.has(node)) continue;
    else if (node.kind === 'repartition') writeRepartition(plan, node, parents, readers.has(node));
    else writeNode(plan, demand, node, parents);
  }
  isolateExternals(plan, externals);
  checkPlan(plan);

  return finishPlan(
    plan,
    graph.copartitioned.map((names) => names.map((name) => view.renamed.get(name) ?? name)),
  );
}

/** Joins of a stream with itself, by the node that they can do without: the window of their right side. */
function selfJoinsOf(view: GraphView): ReadonlyMap<LogicalNode, StreamJoinNode> {
  return new Map(
    view.nodes.flatMap((node) =>
      node.kind === 'streamJoin' && view.parentsOf(node).length === 1 ? [[node.otherWindow, node] as const] : [],
    ),
  );
}

/** The graph as it was declared, but that streams of the same topics share one source. */
function sharedSources(graph: Graph): GraphView {
  const standsFor = mergeSources(graph.nodes);
  return {
    nodes: graph.nodes.filter((node) => !standsFor.has(node)),
    parentsOf: (node) => [...new Set(node.parents.map((parent) => standsFor.get(parent) ?? parent))],
    after: new Map(),
    renamed: new Map([...standsFor].map(([node, first]) => [node.name, first.name])),
  };
}
