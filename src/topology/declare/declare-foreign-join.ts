import { subscriptionKeySerde, subscriptionSerde } from '../../processors/subscription-serdes.ts';
import { checkName } from '../names.ts';
import type { ForeignJoinOptions } from '../options.ts';
import type { KTable } from '../table.ts';
import { declareStore } from './declare-store.ts';
import { needSerde } from './need-serde.ts';
import { shapeOf } from './scope.ts';
import type { Scope, TableShape } from './scope.ts';

export interface ForeignJoinDeclaration<K, V, KO, VO, R> {
  readonly foreign: KTable<KO, VO>;
  readonly foreignKeyOf: (value: V, key: K) => KO | null;
  readonly joiner: (value: V, foreign: VO | null, key: K) => R;
  readonly left: boolean;
  readonly options: ForeignJoinOptions<K, V, KO, VO, R>;
}

/** Joins each row of a table with the row of another that it names. */
export function declareForeignJoin<K, V, KO, VO, R>(
  scope: Scope,
  shape: TableShape<K, V>,
  { foreign, foreignKeyOf, joiner, left, options }: ForeignJoinDeclaration<K, V, KO, VO, R>,
): KTable<K, R> {
  const { graph } = scope;
  const operator = left ? 'leftJoin' : 'join';
  const right = shapeOf(scope, foreign, operator);
  const what = `${operator} by a foreign key`;
  const key = needSerde(options.key ?? shape.key, what, 'keys', operator, 'key');
  const value = needSerde(options.thisValue ?? shape.value, what, 'values', operator, 'thisValue');
  const foreignKey = needSerde(options.otherKey ?? right.key, what, 'keys', operator, 'otherKey');
  const foreignValue = needSerde(options.otherValue ?? right.value, what, 'values', operator, 'otherValue');
  const named = (suffix: string, prefix: string): string => graph.nameOr(options.name, prefix, suffix);

  const subscriptions = named('-subscription-registration', 'KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-');
  const sendName = named('-subscription-registration-processor', 'KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-');
  const sinkName = named('-subscription-registration-sink', 'KTABLE-SINK-');
  const sourceName = named('-subscription-registration-source', 'KTABLE-SOURCE-');
  graph.copartition([...right.sources, sourceName]);
  const storeName = named('-subscription-store', 'KTABLE-FK-JOIN-SUBSCRIPTION-STATE-STORE-');
  const receiveName = named('-subscription-receive', 'KTABLE-FK-JOIN-SUBSCRIPTION-PROCESSOR-');
  const subscribe = graph.append({
    kind: 'foreignSubscribe',
    name: named('-subscription-join-foreign', 'KTABLE-FK-JOIN-SUBSCRIPTION-PROCESSOR-'),
    parents: [shape.node],
    foreign: right.node,
    left,
    foreignKeyOf: foreignKeyOf as (value: unknown, key: unknown) => unknown,
    sendName,
    sinkName,
    topic: checkName(`${subscriptions}-topic`),
    sourceName,
    receiveName,
    store: {
      ...declareStore(graph, { store: storeName, cached: false }, '', { key: null, value: null }),
      key: subscriptionKeySerde(foreignKey, key),
      value: subscriptionSerde(key, value),
    },
    key,
    value,
    foreignKey,
  });
  const update = graph.append({
    kind: 'foreignUpdate',
    name: named('-foreign-join-subscription', 'KTABLE-FK-JOIN-SUBSCRIPTION-PROCESSOR-'),
    parents: [right.node],
    subscribe,
  });

  const responses = named('-subscription-response', 'KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-');
  const responseSink = named('-subscription-response-sink', 'KTABLE-SINK-');
  const responseSource = named('-subscription-response-source', 'KTABLE-SOURCE-');
  const sources = graph.copartition([...shape.sources, responseSource]);
  const resolve = graph.append({
    kind: 'foreignResolve',
    name: named('-subscription-response-resolver', 'KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR-'),
    parents: [subscribe, update],
    sinkName: responseSink,
    topic: checkName(`${responses}-topic`),
    sourceName: responseSource,
    foreignValue,
    joiner: joiner as (value: unknown, foreign: unknown, key: unknown) => unknown,
  });
  const name = named('-result', 'KTABLE-FK-JOIN-OUTPUT-');
  const store = declareStore(graph, options, 'KTABLE-FK-JOIN-OUTPUT-', { key, value: null });
  const node = graph.append({ kind: 'toTable', name, parents: [resolve], store });
  return scope.table<K, R>({
    node,
    key,
    value: options.value ?? null,
    sources,
    storeName: options.store ?? null,
  });
}
