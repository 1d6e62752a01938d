import { StreamsError } from '../../core/errors.ts';
import type { Serde } from '../../core/serde.ts';
import type { LogicalNode } from '../nodes/node.ts';
import type { RepartitionNode } from '../nodes/repartition-node.ts';
import type { StreamTableJoinNode } from '../nodes/stream-table-join-node.ts';
import type { JoinOptions, MaterializedOptions } from '../options.ts';
import type { KStream } from '../stream.ts';
import type { KTable } from '../table.ts';
import { declareStore } from './declare-store.ts';
import { declareRepartition } from './repartition.ts';
import { shapeOf } from './scope.ts';
import type { Scope, StreamShape } from './scope.ts';

/** Reads a stream as a table, through a topic where its key may have changed. */
export function declareToTable<K, V>(
  scope: Scope,
  shape: StreamShape<K, V>,
  options: MaterializedOptions<K, V>,
): KTable<K, V> {
  const { graph } = scope;
  const name = graph.nameOr(options.name, 'KSTREAM-TOTABLE-');
  const store = declareStore(graph, options, 'KSTREAM-TOTABLE-', shape);
  const key = options.key ?? shape.key;
  const value = options.value ?? shape.value;
  let parent: LogicalNode = shape.node;
  let { sources } = shape;
  if (shape.rekeyed) {
    parent = graph.append(declareRepartition(graph, { parent, name, operator: 'toTable', key, value }));
    sources = [parent.name];
  }
  const node = graph.append({ kind: 'toTable', name, parents: [parent], store });
  return scope.table({ node, key, value, sources, storeName: options.store ?? null });
}

/** Joins a stream with a table, through a topic where the stream's key may have changed. */
export function declareJoin<K, V, VT, R>(
  scope: Scope,
  shape: StreamShape<K, V>,
  table: KTable<K, VT>,
  joiner: (value: V, tableValue: VT | null, key: K) => R,
  left: boolean,
  options: JoinOptions<K, V>,
): KStream<K, R> {
  const { graph } = scope;
  const operator = left ? 'leftJoin' : 'join';
  const other = shapeOf(scope, table, operator);
  const key = options.key ?? shape.key;
  let parent: LogicalNode = shape.node;
  let { sources } = shape;
  if (shape.rekeyed) {
    parent = repartitionForJoin(scope, shape, operator, options);
    sources = [parent.name];
  }
  const all = graph.copartition([...sources, ...other.sources]);
  const name = graph.nameOr(options.name, left ? 'KSTREAM-LEFTJOIN-' : 'KSTREAM-JOIN-');
  const node = graph.append({
    kind: 'streamTableJoin',
    name,
    parents: [parent],
    table: other.node,
    left,
    buffer: options.graceMs === undefined ? null : bufferOf(name, options.graceMs, { ...shape, key }, options.value),
    joiner: joiner as (value: unknown, tableValue: unknown, key: unknown) => unknown,
  });
  return scope.stream<K, R>({ node, name, key, value: null, sources: all, rekeyed: false });
}

function bufferOf<K, V>(
  join: string,
  graceMs: number,
  { key, value }: StreamShape<K, V>,
  given: Serde<V> | undefined,
): StreamTableJoinNode['buffer'] {
  if (graceMs >= 0) return { store: `${join}-Buffer`, graceMs, key, value: given ?? value };
  throw new StreamsError('TOPOLOGY_INVALID', `${join}: a grace of ${graceMs} ms; give a time that is not negative.`);
}

/** The stream's own repartition is made once and shared by its joins; a named one is the join's alone. */
export function repartitionForJoin<K, V>(
  scope: Scope,
  shape: StreamShape<K, V>,
  operator: string,
  options: JoinOptions<K, V>,
): RepartitionNode {
  const { graph } = scope;
  const name = options.name ?? shape.name;
  const fresh = declareRepartition(graph, {
    parent: shape.node,
    name,
    operator,
    key: options.key ?? shape.key,
    value: options.value ?? shape.value,
  });
  if (options.name === undefined) {
    const shared = graph.nodes.find(
      (node): node is RepartitionNode =>
        node.kind === 'repartition' && node.topic === fresh.topic && node.parents[0] === shape.node,
    );
    if (shared) return shared;
  }
  return graph.append(fresh);
}
