import { changeSerde } from '../../processors/change-serde.ts';
import { filter } from '../../processors/filter.ts';
import type { Serde } from '../../core/serde.ts';
import { passThrough } from '../../processors/pass-through.ts';
import type { RepartitionNode } from '../nodes/repartition-node.ts';
import type { TableRepartitionNode } from '../nodes/table-repartition-node.ts';
import { transitTopic } from './internal-topics.ts';
import { requireSerde } from './require-serde.ts';
import type { PlanBuilder } from './plan-builder.ts';

/** Filter, sink, topic, source. Records without a key stop at the filter, unless somebody downstream has a use for them. */
export function writeRepartition(
  plan: PlanBuilder,
  node: RepartitionNode,
  parents: readonly string[],
  keepsNullKeys: boolean,
): void {
  plan.addTopic(transitTopic(node.topic, 'repartition', node.partitions));
  plan.addProcessor({
    name: node.filterName,
    parents,
    supplier: keepsNullKeys ? passThrough() : filter((_value, key) => key !== null, true),
    stateless: true,
  });
  writeThrough(plan, node, [node.filterName], node.operator, (serde) => serde);
}

/** Sink, topic, source; what travels are changes of rows. */
export function writeTableRepartition(plan: PlanBuilder, node: TableRepartitionNode, parents: readonly string[]): void {
  plan.addTopic(transitTopic(node.topic, 'repartition', null));
  writeThrough(plan, { ...node, partitioner: null }, parents, 'groupBy', (serde) => changeSerde(serde));
}

function writeThrough(
  plan: PlanBuilder,
  node: Pick<RepartitionNode, 'name' | 'sinkName' | 'topic' | 'key' | 'value' | 'partitioner'>,
  parents: readonly string[],
  operator: string,
  travelling: (serde: Serde<unknown>) => Serde<unknown>,
): void {
  const why = `the repartition topic ${node.topic}`;
  const key = requireSerde(node.key, 'keys', node.sinkName, why, operator);
  const value = travelling(requireSerde(node.value, 'values', node.sinkName, why, operator));
  plan.addSink({
    name: node.sinkName,
    parents,
    topic: node.topic,
    internal: true,
    key,
    value,
    partitioner: node.partitioner,
  });
  plan.addSource({
    name: node.name,
    parents: [],
    topics: [node.topic],
    pattern: null,
    internal: true,
    key,
    value,
    timestampExtractor: null,
    offsetReset: 'earliest',
    notBefore: null,
  });
}
