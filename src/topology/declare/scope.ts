import { StreamsError } from '../../core/errors.ts';
import type { Serde } from '../../core/serde.ts';
import type { Graph } from '../graph.ts';
import type { GroupedStream } from '../grouped-stream.ts';
import type { GroupedTable } from '../grouped-table.ts';
import type { LogicalNode, TableNode } from '../nodes/node.ts';
import type { TableGroupNode } from '../nodes/table-group-node.ts';
import type { KStream } from '../stream.ts';
import type { KTable } from '../table.ts';

/** What a stream of the DSL stands for in the graph. */
export interface StreamShape<K, V> {
  readonly node: LogicalNode;
  /** The name that a repartition of this stream takes; the node's. */
  readonly name: string;
  readonly key: Serde<K> | null;
  readonly value: Serde<V> | null;
  /** Source nodes upstream, up to the last topic: for the co-partition check. */
  readonly sources: readonly string[];
  /** The key may have changed since the last topic. */
  readonly rekeyed: boolean;
}

export interface TableShape<K, V> {
  readonly node: TableNode;
  readonly key: Serde<K> | null;
  readonly value: Serde<V> | null;
  readonly sources: readonly string[];
  readonly storeName: string | null;
}

export interface GroupedStreamShape<K, V> extends StreamShape<K, V> {
  /** The user's name for the repartition topic. */
  readonly topic: string | null;
}

export interface GroupedTableShape<K, V> {
  readonly node: TableGroupNode;
  readonly key: Serde<K> | null;
  readonly value: Serde<V> | null;
  readonly topic: string | null;
}

/** One builder's graph, and how its streams and tables are made: so that the declared classes need not know each other. */
export interface Scope {
  readonly graph: Graph;
  stream<K, V>(shape: StreamShape<K, V>): KStream<K, V>;
  table<K, V>(shape: TableShape<K, V>): KTable<K, V>;
  groupedStream<K, V>(shape: GroupedStreamShape<K, V>): GroupedStream<K, V>;
  groupedTable<K, V>(shape: GroupedTableShape<K, V>): GroupedTable<K, V>;
}

/** Where a declared stream or table keeps its shape. */
export const SHAPE: unique symbol = Symbol('shape');
export const SCOPE: unique symbol = Symbol('scope');
/** Where a global table keeps the name of its store. */
export const STORE: unique symbol = Symbol('store');

export interface Declared<S> {
  readonly [SHAPE]: S;
  readonly [SCOPE]: Scope;
}

/** The shape of another stream or table of the same builder. @throws TOPOLOGY_INVALID */
export function shapeOf<K, V>(scope: Scope, other: KStream<K, V>, what: string): StreamShape<K, V>;
export function shapeOf<K, V>(scope: Scope, other: KTable<K, V>, what: string): TableShape<K, V>;
export function shapeOf(scope: Scope, other: object, what: string): unknown {
  if (!(SHAPE in other)) throw notDeclared(what);
  checkScope(scope, other, what);
  return other[SHAPE];
}

/** The shape of a grouped stream of the same builder. @throws TOPOLOGY_INVALID */
export function groupOf<K, V>(scope: Scope, group: GroupedStream<K, V>, what: string): GroupedStreamShape<K, V> {
  if (!(SHAPE in group) || !(SCOPE in group) || group[SCOPE] !== scope) {
    throw new StreamsError('TOPOLOGY_INVALID', `${what}: the grouped stream is not of the same StreamsBuilder.`);
  }
  return group[SHAPE] as GroupedStreamShape<K, V>;
}

/** The store of a global table of the same builder. @throws TOPOLOGY_INVALID */
export function globalStoreOf(scope: Scope, table: object, what: string): string {
  if (!(STORE in table)) throw notDeclared(what);
  checkScope(scope, table, what);
  return String(table[STORE]);
}

function checkScope(scope: Scope, other: object, what: string): void {
  if (!(SCOPE in other)) throw notDeclared(what);
  if (other[SCOPE] === scope) return;
  throw new StreamsError(
    'TOPOLOGY_INVALID',
    `${what}: the other side belongs to another StreamsBuilder; use one for both.`,
  );
}

function notDeclared(what: string): StreamsError {
  return new StreamsError('TOPOLOGY_INVALID', `${what}: the other side is not a stream or table of a StreamsBuilder.`);
}
