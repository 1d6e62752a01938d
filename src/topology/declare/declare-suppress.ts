import { suppress } from '../../processors/suppress.ts';
import { StreamsError } from '../../core/errors.ts';
import { checkName } from '../names.ts';
import type { LogicalNode } from '../nodes/node.ts';
import type { SuppressNode } from '../nodes/suppress-node.ts';
import type { Suppressed, SuppressOptions } from '../suppressed.ts';
import type { KTable } from '../table.ts';
import type { Scope, TableShape } from './scope.ts';

/** Holds a table's updates back. A given name takes no number: Kafka Streams' rule. @throws TOPOLOGY_INVALID */
export function declareSuppress<K, V>(
  scope: Scope,
  shape: TableShape<K, V>,
  suppressed: Suppressed<K>,
  options: SuppressOptions<K, V>,
): KTable<K, V> {
  const { graph } = scope;
  const prefix = 'KTABLE-SUPPRESS-';
  const name = options.name === undefined ? graph.newName(prefix) : checkName(options.name);
  const waitMs = suppressed.waitMs ?? graceOf(shape.node);
  const storeName = options.name === undefined ? graph.newStoreName(prefix) : `${name}-store`;
  const key = options.key ?? shape.key;
  const value = options.value ?? shape.value;
  const { timeOf, maxRecords, maxBytes, whenFull } = suppressed;
  const node: SuppressNode = graph.append({
    kind: 'suppress',
    name,
    parents: [shape.node],
    store: {
      name: storeName,
      queryable: false,
      kind: 'suppression',
      key,
      value,
      persistent: true,
      cached: true,
      logged: options.logged ?? true,
      logConfig: options.logConfig ?? {},
      retentionMs: null,
      windowSizeMs: null,
    },
    supplier: suppress({
      store: storeName,
      waitMs,
      timeOf,
      maxRecords,
      maxBytes,
      whenFull,
      dropsDeletions: suppressed.waitMs === null,
    }),
  });
  return scope.table({ node, key, value, sources: shape.sources, storeName: null });
}

/** The longest grace of the windowed aggregates that are nearest upstream, one on each path. */
function graceOf(node: LogicalNode, chain = ''): number {
  if (node.kind === 'aggregate' && node.graceMs !== null) return node.graceMs;
  const path = chain === '' ? node.name : `${node.name}->${chain}`;
  if (node.parents.length === 0) {
    throw new StreamsError(
      'TOPOLOGY_INVALID',
      `untilWindowCloses needs a windowed aggregate upstream, and ${path} has none; use untilTimeLimit, or suppress a windowed table.`,
    );
  }
  return Math.max(...node.parents.map((parent) => graceOf(parent, path)));
}
