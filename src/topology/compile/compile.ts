import type { Graph } from '../graph.ts';
import type { ExternalNode } from '../nodes/external-node.ts';
import type { LogicalNode } from '../nodes/node.ts';
import type { TopologyPlan } from '../topology.ts';
import { buildOrder } from './build-order.ts';
import { checkPlan } from './check-plan.ts';
import { finishPlan } from './finish-plan.ts';
import { isolateExternals } from './isolate-externals.ts';
import { mergeSources } from './merge-sources.ts';
import { nullKeyReaders } from './null-key-readers.ts';
import { PlanBuilder } from './plan-builder.ts';
import { TableDemand } from './table-demand.ts';
import { writeNode } from './write-node.ts';
import { writeRepartition } from './write-repartition.ts';

/** Makes the plan of a declared graph. @throws TOPOLOGY_INVALID naming the nodes and what to do */
export function compile(graph: Graph): TopologyPlan {
  const standsFor = mergeSources(graph.nodes);
  const nodes = graph.nodes.filter((node) => !standsFor.has(node));
  const parentsOf = (node: LogicalNode): readonly LogicalNode[] => [
    ...new Set(node.parents.map((parent) => standsFor.get(parent) ?? parent)),
  ];

  const demand = new TableDemand();
  for (const node of new Set(nodes)) demand.declare(node);

  const readers = nullKeyReaders(nodes, parentsOf);
  const plan = new PlanBuilder();
  const externals: { node: ExternalNode; parent: string }[] = [];
  for (const node of buildOrder(nodes, parentsOf)) {
    const parents = parentsOf(node).map(({ name }) => name);
    if (node.kind === 'external') externals.push({ node, parent: parents[0] ?? '' });
    else if (node.kind === 'repartition') writeRepartition(plan, node, parents, readers.has(node));
    else writeNode(plan, demand, node, parents);
  }
  isolateExternals(plan, externals);
  checkPlan(plan);

  const sourceNames = new Map([...standsFor].map(([node, first]) => [node.name, first.name]));
  return finishPlan(
    plan,
    graph.copartitioned.map((names) => names.map((name) => sourceNames.get(name) ?? name)),
  );
}
