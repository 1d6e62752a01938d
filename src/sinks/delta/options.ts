import type { RecordContext } from '../../core/record.ts';
import type { LakeStore } from '../lake/lake-store.ts';
import type { OpenLake } from '../lake/open-lake.ts';
import type { EngineOptions } from './duckdb/engine.ts';
import type { Row } from './row.ts';
import type { DeltaSchema } from './schema.ts';
import type { UpkeepOptions } from './upkeep.ts';

/** One table of a sink. */
export interface DeltaTableOptions {
  /** The table's columns. A table that lacks some gets them (nullable); one that has more keeps them and gets nulls there. */
  readonly schema: DeltaSchema;
  /** `append` adds rows, `merge` updates rows with the same keys and inserts the others. */
  readonly mode: 'append' | 'merge';
  /** Columns that make a row the same; needed for `merge`. A null in one of them never matches. */
  readonly mergeKeys?: readonly string[];
  /** Columns whose values become folders; the empty text becomes null there. The same as the table’s when it exists. */
  readonly partitionBy?: readonly string[];
  /** `delta.…` settings of a table that is created. */
  readonly configuration?: Readonly<Record<string, string>>;
}

/** When to write, and what else a sink of tables has in common. */
export interface DeltaFlushOptions {
  /** Flush at this many rows (default 10,000) … */
  readonly flushRows?: number;
  /** … or this many bytes, estimated (default 16 MiB) … */
  readonly flushBytes?: number;
  /**
   * … or this long after the first row that waits (default 5,000 ms); whichever is first. Where flushes take long, the wait
   * is ten times what the last one took, up to 15 s.
   */
  readonly flushIntervalMs?: number;
  /** A checkpoint each so many commits (default 20). It is written beside the flow. */
  readonly checkpointInterval?: number;
  /** Compaction and vacuum beside the flow (default: see {@link UpkeepOptions}; false: none). */
  readonly optimize?: UpkeepOptions | false;
  /** What merges, compaction and large writes may take where `@duckdb/node-api` is installed; false: do without it. */
  readonly engine?: EngineOptions | false;
  /**
   * The store that the paths of the tables are in; or what opens the store of one table from its path, as its address
   * (default: the local file system).
   */
  readonly lake?: LakeStore | OpenLake;
}

export interface DeltaOptions<K = unknown, V = unknown> extends DeltaTableOptions, DeltaFlushOptions {
  /**
   * The row of a record; null writes nothing; {@link deleted} removes the row with those keys (merge only).
   * Default: the value is the row; under `merge` a null value deletes the row that the record's key names (an object with
   * the merge keys, or the value of the only one), under `append` it writes nothing.
   */
  row?(this: void, value: V, key: K, record: RecordContext): Row | DeletedRow | null;
}

/** A table of {@link DeltaTablesOptions}. */
export interface NamedTableOptions extends DeltaTableOptions {
  /** Folder of the table: in `lake`, or on the local file system; or its address, where `lake` opens addresses. */
  readonly path: string;
}

/** A row on its way to one of several tables. */
export interface RoutedRow<T extends string = string> {
  readonly table: T;
  readonly row: Row | DeletedRow;
}

export interface DeltaTablesOptions<K = unknown, V = unknown, T extends string = string> extends DeltaFlushOptions {
  readonly tables: Readonly<Record<T, NamedTableOptions>>;
  /** The order in which the tables are committed: parents before children. Names every table once. */
  readonly order: readonly T[];
  /** The rows of a record, for any of the tables. */
  readonly route: (value: V, key: K, record: RecordContext) => Iterable<RoutedRow<T>>;
}

/** A row to take out of a table, named by the table's merge keys. Made by {@link deleted}. */
export class DeletedRow {
  readonly keys: Row;
  constructor(keys: Row) {
    this.keys = keys;
  }
}

/** Removes the row with these merge keys. */
export function deleted(keys: Row): DeletedRow {
  return new DeletedRow(keys);
}
