import { inFlightSerde } from '../../processors/in-flight-serde.ts';
import { waitingKeySerde } from '../../processors/waiting-key.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import type { StreamTableJoinNode } from '../nodes/stream-table-join-node.ts';
import { invalid, requireSerde } from './require-serde.ts';
import type { TableDemand } from './table-demand.ts';

/** The store of the records that wait in a join with grace. @throws TOPOLOGY_INVALID when the table has no history */
export function joinBuffer(
  node: StreamTableJoinNode,
  buffer: NonNullable<StreamTableJoinNode['buffer']>,
  demand: TableDemand,
  tables: readonly StoreSpec[],
): StoreSpec {
  const operator = node.left ? 'leftJoin' : 'join';
  if (!demand.isVersioned(node.table)) {
    throw invalid(
      `${node.name} has a grace, for which its table ${node.table.name} must be versioned: give the table the options \`store\` and \`versioned\`, or leave \`graceMs\` of ${operator} out.`,
    );
  }
  const short = tables.find(({ retentionMs = Infinity }) => retentionMs < buffer.graceMs);
  if (short !== undefined) {
    throw invalid(
      `${node.name} waits ${buffer.graceMs} ms, but the store ${short.name} keeps a history of ${String(short.retentionMs)} ms only: give it a historyRetentionMs of at least the graceMs.`,
    );
  }
  const why = `its store ${buffer.store}`;
  const keys = requireSerde(buffer.key, 'keys', node.name, why, operator);
  const values = requireSerde(buffer.value, 'values', node.name, why, operator);
  const store: StoreSpec = {
    name: buffer.store,
    kind: 'keyValue',
    key: waitingKeySerde(keys),
    value: inFlightSerde(keys, values),
    persistent: true,
    cached: true,
    logged: true,
    logConfig: {},
  };
  return Object.freeze(store);
}
