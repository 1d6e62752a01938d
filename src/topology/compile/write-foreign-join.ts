import {
  answerSubscription,
  receiveSubscription,
  resolveResponse,
  subscribe,
  updateSubscribers,
} from '../../processors/foreign-key-join.ts';
import { responseSerde, subscriptionSerde } from '../../processors/subscription-serdes.ts';
import type { SubscriptionResponse } from '../../processors/subscription.ts';
import type { Serde } from '../../core/serde.ts';
import type { ForeignResolveNode, ForeignSubscribeNode, ForeignUpdateNode } from '../nodes/foreign-join-node.ts';
import type { StreamPartitioner } from '../topology.ts';
import { transitTopic } from './internal-topics.ts';
import type { PlanBuilder } from './plan-builder.ts';
import { storeSpec } from './store-spec.ts';
import type { TableDemand } from './table-demand.ts';

export function writeForeignSubscribe(plan: PlanBuilder, demand: TableDemand, node: ForeignSubscribeNode): void {
  const { key, value, foreignKey, foreignKeyOf, left, topic } = node;
  const [table] = node.parents;
  plan.addProcessor({
    name: node.sendName,
    parents: [table.name],
    supplier: subscribe({ foreignKeyOf, foreignKey, left }),
    stateless: false,
  });
  writeThrough(plan, {
    topic,
    sinkName: node.sinkName,
    sourceName: node.sourceName,
    parents: [node.sendName],
    key: foreignKey,
    value: subscriptionSerde(key, value),
    partitioner: null,
  });
  const receive = receiveSubscription(node.store.name);
  plan.addProcessor({ name: node.receiveName, parents: [node.sourceName], supplier: receive, stateless: false });
  plan.addStore(storeSpec(node.store, node.receiveName, 'join'), node.receiveName);
  const foreign = demand.getter(node.foreign);
  const answer = answerSubscription(foreign);
  plan.addProcessor({ name: node.name, parents: [node.receiveName], supplier: answer, stateless: false });
  plan.connect(node.name, foreign.stores);
}

export function writeForeignUpdate(plan: PlanBuilder, node: ForeignUpdateNode, parents: readonly string[]): void {
  const { store, foreignKey } = node.subscribe;
  plan.addProcessor({
    name: node.name,
    parents,
    supplier: updateSubscribers(store.name, foreignKey),
    stateless: false,
  });
  plan.connect(node.name, [store.name]);
}

/** Answers go back to the partition that asked. */
const toPrimaryPartition: StreamPartitioner = (_topic, _key, response) =>
  (response as SubscriptionResponse<unknown, unknown>).primaryPartition;

export function writeForeignResolve(
  plan: PlanBuilder,
  demand: TableDemand,
  node: ForeignResolveNode,
  parents: readonly string[],
): void {
  const [asked] = node.parents;
  const { topic, sinkName, sourceName, joiner } = node;
  const value = responseSerde(asked.value, node.foreignValue);
  writeThrough(plan, { topic, sinkName, sourceName, parents, key: asked.key, value, partitioner: toPrimaryPartition });
  const left = demand.getter(asked.parents[0]);
  const supplier = resolveResponse({ left, joiner, leftJoin: asked.left });
  plan.addProcessor({ name: node.name, parents: [sourceName], supplier, stateless: false });
  plan.connect(node.name, left.stores);
}

interface Transit {
  readonly topic: string;
  readonly sinkName: string;
  readonly sourceName: string;
  readonly parents: readonly string[];
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  readonly partitioner: StreamPartitioner | null;
}

function writeThrough(
  plan: PlanBuilder,
  { topic, sinkName, sourceName, parents, key, value, partitioner }: Transit,
): void {
  plan.addTopic(transitTopic(topic, 'repartition', null));
  plan.addSink({ name: sinkName, parents, topic, internal: true, key, value, partitioner });
  plan.addSource({
    name: sourceName,
    parents: [],
    topics: [topic],
    pattern: null,
    internal: true,
    key,
    value,
    timestampExtractor: null,
    offsetReset: 'earliest',
    notBefore: null,
  });
}
