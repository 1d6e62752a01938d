import { passThrough } from '../../processors/pass-through.ts';
import { temporalJoin } from '../../processors/temporal-join.ts';
import { streamTableJoin } from '../../processors/stream-table-join.ts';
import { tableJoinMerge } from '../../processors/table-join-merge.ts';
import { tableJoin } from '../../processors/table-join.ts';
import { tableSource } from '../../processors/table-source.ts';
import type { LogicalNode } from '../nodes/node.ts';
import type { SinkNode } from '../nodes/sink-node.ts';
import type { SourceNode } from '../nodes/source-node.ts';
import type { StepNode } from '../nodes/step-node.ts';
import type { StreamTableJoinNode } from '../nodes/stream-table-join-node.ts';
import type { TableJoinNode } from '../nodes/table-join-node.ts';
import type { TableSourceNode } from '../nodes/table-source-node.ts';
import type { ToTableNode } from '../nodes/to-table-node.ts';
import { joinBuffer } from './join-buffer.ts';
import { retryTopic } from './internal-topics.ts';
import { invalid, requireSerde } from './require-serde.ts';
import type { PlanBuilder } from './plan-builder.ts';
import type { TableDemand } from './table-demand.ts';
import { writeForeignResolve, writeForeignSubscribe, writeForeignUpdate } from './write-foreign-join.ts';
import { writeGlobalJoin, writeGlobalStore } from './write-global.ts';
import { writeJoinWindow, writeStreamJoin } from './write-stream-join.ts';
import { writeTableRepartition } from './write-repartition.ts';

/** Writes one node of the declared graph into the plan; {@link compile} sees to external sinks and repartitions itself. */
export function writeNode(
  plan: PlanBuilder,
  demand: TableDemand,
  node: Exclude<LogicalNode, { kind: 'external' | 'repartition' }>,
  parents: readonly string[],
): void {
  switch (node.kind) {
    case 'source':
      return writeSource(plan, node);
    case 'tableSource':
      return writeTableSource(plan, demand, node);
    case 'store':
      return plan.addStore(node.spec, null);
    case 'step':
      return writeStep(plan, node, parents);
    case 'tableRepartition':
      return writeTableRepartition(plan, node, parents);
    case 'aggregate': {
      const supplier = node.supplier(demand.sendsOldValues(node));
      plan.addProcessor({ name: node.name, parents, supplier, stateless: false });
      return plan.addDeclaredStore(node.store, node.name, node.operator);
    }
    case 'cogroup':
      return plan.addProcessor({ name: node.name, parents, supplier: passThrough(), stateless: true });
    case 'toTable':
      return writeToTable(plan, demand, node, parents);
    case 'tableStep': {
      const supplier = node.supplier(
        node.store?.name ?? null,
        demand.sendsOldValues(node),
        demand.isVersioned(node.parents[0]),
      );
      plan.addProcessor({ name: node.name, parents, supplier, stateless: node.store === null });
      if (node.store !== null) plan.addDeclaredStore(node.store, node.name, node.operator);
      return undefined;
    }
    case 'suppress':
      if (demand.isVersioned(node.parents[0])) {
        throw invalid(
          `${node.name} cannot hold back the versioned table ${node.parents[0].name}: suppress a table without history.`,
        );
      }
      plan.addProcessor({ name: node.name, parents, supplier: node.supplier, stateless: false });
      return plan.addDeclaredStore(node.store, node.name, 'suppress');
    case 'tableGroup':
      return plan.addProcessor({ name: node.name, parents, supplier: node.supplier, stateless: true });
    case 'tableJoin':
      return writeTableJoin(plan, demand, node);
    case 'streamTableJoin':
      return writeStreamTableJoin(plan, demand, node, parents);
    case 'joinWindow':
      return writeJoinWindow(plan, node, parents);
    case 'streamJoin':
      return writeStreamJoin(plan, node);
    case 'foreignSubscribe':
      return writeForeignSubscribe(plan, demand, node);
    case 'foreignUpdate':
      return writeForeignUpdate(plan, node, parents);
    case 'foreignResolve':
      return writeForeignResolve(plan, demand, node, parents);
    case 'globalStore':
      return writeGlobalStore(plan, node);
    case 'globalJoin':
      return writeGlobalJoin(plan, node, parents);
    case 'sink':
      return writeSink(plan, node, parents);
  }
}

function writeSource(plan: PlanBuilder, node: SourceNode): void {
  const { kind: _kind, internal, ...source } = node;
  plan.addSource({ ...source, internal: internal !== null });
  if (internal === 'retry') for (const topic of node.topics) plan.addTopic(retryTopic(topic));
}

function writeTableSource(plan: PlanBuilder, demand: TableDemand, node: TableSourceNode): void {
  const { key, value, timestampExtractor, offsetReset } = node;
  plan.addSource({
    name: node.sourceName,
    parents: [],
    topics: [node.topic],
    pattern: null,
    internal: false,
    key,
    value,
    timestampExtractor,
    offsetReset,
    notBefore: null,
  });
  writeToTable(plan, demand, node, [node.sourceName]);
}

function writeToTable(
  plan: PlanBuilder,
  demand: TableDemand,
  node: TableSourceNode | ToTableNode,
  parents: readonly string[],
): void {
  const kept = demand.isKept(node);
  const supplier = tableSource(kept ? node.store.name : null, demand.sendsOldValues(node));
  plan.addProcessor({ name: node.name, parents, supplier, stateless: !kept });
  const operator = node.kind === 'toTable' ? 'toTable' : 'table';
  if (!kept) return;
  const reused = node.kind === 'tableSource' && plan.reuseSourceTopics;
  plan.addDeclaredStore(node.store, node.name, operator, reused ? node.topic : null);
}

function writeStep(plan: PlanBuilder, node: StepNode, parents: readonly string[]): void {
  plan.addProcessor({ name: node.name, parents, supplier: node.supplier, stateless: node.stateless });
  for (const spec of node.owns) plan.addStore(spec, node.name);
  plan.connect(node.name, node.uses);
}

function writeTableJoin(plan: PlanBuilder, demand: TableDemand, node: TableJoinNode): void {
  const [left, right] = node.parents;
  const lefts = demand.getter(left);
  const rights = demand.getter(right);
  const sendOldValues = demand.sendsOldValues(node);
  const needsLeft = node.type !== 'outer';
  const needsRight = node.type === 'inner';
  const { joiner } = node;
  const reversed = (value: unknown, other: unknown, key: unknown): unknown => joiner(other, value, key);
  plan.addProcessor({
    name: node.thisName,
    parents: [left.name],
    supplier: tableJoin({ other: rights, joiner, needsThis: needsLeft, needsOther: needsRight, sendOldValues }),
    stateless: false,
  });
  plan.addProcessor({
    name: node.otherName,
    parents: [right.name],
    supplier: tableJoin({
      other: lefts,
      joiner: reversed,
      needsThis: needsRight,
      needsOther: needsLeft,
      sendOldValues,
    }),
    stateless: false,
  });
  plan.addProcessor({
    name: node.name,
    parents: [node.thisName, node.otherName],
    supplier: tableJoinMerge(node.store?.name ?? null, sendOldValues),
    stateless: false,
  });
  plan.connect(node.thisName, rights.stores);
  plan.connect(node.otherName, lefts.stores);
  if (node.store !== null) plan.addDeclaredStore(node.store, node.name, 'join');
}

function writeStreamTableJoin(
  plan: PlanBuilder,
  demand: TableDemand,
  node: StreamTableJoinNode,
  parents: readonly string[],
): void {
  const table = demand.getter(node.table);
  const join = { table, joiner: node.joiner, left: node.left };
  if (node.buffer === null) {
    plan.addProcessor({ name: node.name, parents, supplier: streamTableJoin(join), stateless: false });
  } else {
    const buffer = joinBuffer(
      node,
      node.buffer,
      demand,
      table.stores.flatMap((name) => plan.stores.get(name) ?? []),
    );
    const supplier = temporalJoin({ ...join, graceMs: node.buffer.graceMs, buffer: buffer.name });
    plan.addProcessor({ name: node.name, parents, supplier, stateless: false });
    plan.addStore(buffer, node.name);
  }
  plan.connect(node.name, table.stores);
}

function writeSink(plan: PlanBuilder, node: SinkNode, parents: readonly string[]): void {
  const what = typeof node.topic === 'string' ? `topic ${node.topic}` : 'its topics';
  plan.addSink(
    {
      name: node.name,
      parents,
      topic: node.topic,
      internal: node.bucket?.internal ?? false,
      key: requireSerde(node.key, 'keys', node.name, what, 'to'),
      value: requireSerde(node.value, 'values', node.name, what, 'to'),
      partitioner: node.partitioner,
    },
    node.bucket !== null,
  );
}
