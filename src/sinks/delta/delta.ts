import type { SinkConnector } from '../sink.ts';
import { DeltaConnector } from './delta-connector.ts';
import { type DeletedRow, deleted, type DeltaOptions } from './options.ts';
import type { Row } from './row.ts';

/**
 * A sink that writes a Delta table, each record exactly once: the position in the source topic is kept in the table, in
 * the same commit as the rows.
 *
 * @param path the table's folder: on the local file system, or in the store `options.lake`; or its address (`abfss://…`),
 *   where that is a function that opens addresses
 * @throws CONFIG_INVALID, SCHEMA_INVALID
 */
export function delta<K = unknown, V = unknown>(path: string, options: DeltaOptions<K, V>): SinkConnector<K, V> {
  const rowOf = options.row ?? defaultRow<K, V>(options);
  return new DeltaConnector<K, V>(
    [{ ...options, path }],
    (value, key, record, emit) => {
      const row = rowOf(value, key, record);
      if (row !== null) emit(0, row);
    },
    options,
  );
}

function defaultRow<K, V>({ mode, mergeKeys = [] }: DeltaOptions<K, V>): (value: V, key: K) => Row | DeletedRow | null {
  return (value, key) => {
    if (value !== null && value !== undefined) return value as Row;
    if (mode === 'append' || key === null || key === undefined) return null;
    const named = typeof key === 'object' && !(key instanceof Uint8Array);
    return deleted(named ? (key as Row) : { [mergeKeys[0] ?? '']: key });
  };
}
