import { StreamsError } from '../../core/errors.ts';
import type { SinkConnector } from '../sink.ts';
import { DeltaConnector } from './delta-connector.ts';
import type { DeltaTablesOptions } from './options.ts';

/**
 * A sink that writes the rows of a record to several Delta tables, each row exactly once, and commits the tables in a
 * declared order: who reads a child's row finds its parent's.
 *
 * The position is kept in the last table of the order (see {@link DeltaWriter}). A record one of whose rows does not fit
 * is rejected as a whole.
 *
 * @throws CONFIG_INVALID, SCHEMA_INVALID
 */
export function deltaTables<K = unknown, V = unknown, T extends string = string>(
  options: DeltaTablesOptions<K, V, T>,
): SinkConnector<K, V> {
  const { tables, order, route } = options;
  const positions = new Map<string, number>(order.map((name, i) => [name, i]));
  const left = Object.keys(tables).filter((name) => !positions.has(name));
  const unknown = order.filter((name) => !Object.hasOwn(tables, name));
  if (left.length > 0 || unknown.length > 0 || positions.size !== order.length || order.length === 0) {
    const names = [...left, ...unknown].join(', ');
    throw new StreamsError('CONFIG_INVALID', `order must name every table once${names ? `: see ${names}` : ''}`);
  }
  return new DeltaConnector<K, V>(
    order.map((name) => tables[name]),
    (value, key, record, emit) => {
      for (const { table, row } of route(value, key, record)) {
        const position = positions.get(table);
        if (position === undefined) throw new StreamsError('PROCESSING', `there is no table ${table} in this sink`);
        emit(position, row);
      }
    },
    options,
  );
}
