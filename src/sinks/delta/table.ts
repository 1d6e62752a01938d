import { StreamsError } from '../../core/errors.ts';
import type { LakeStore } from '../lake/lake-store.ts';
import { openLake, type OpenLake } from '../lake/open-lake.ts';
import type { AddFile, CommitInfo, Metadata, Protocol, Txn } from './actions.ts';
import { commitAppend, type WriteOptions, type WriteResult } from './append.ts';
import { checkpointOf, writeCheckpoint } from './checkpoint.ts';
import { cleanLog } from './clean-log.ts';
import type { EngineOptions } from './duckdb/engine.ts';
import { createOrEvolve, type TableDefinition } from './create-table.ts';
import { openFile, readFile, writeFiles } from './data-file.ts';
import { decodeRows } from './decode-value.ts';
import { encodeRows } from './encode-rows.ts';
import { KeyCache } from './key-cache.ts';
import { loadSnapshot } from './load-snapshot.ts';
import { writeLarge } from './duckdb/write-large.ts';
import { nameOf, readCommit } from './log.ts';
import type { TxnMark } from './marks.ts';
import { commitMerge } from './merge.ts';
import { optimize, type OptimizeOptions, type OptimizeResult } from './optimize.ts';
import { commitOverwrite, type OverwriteScope } from './overwrite.ts';
import { checkReadable, checkWritable } from './protocol.ts';
import { RowBuffer } from './row-buffer.ts';
import type { Row } from './row.ts';
import type { DeltaSchema } from './schema.ts';
import { Serial } from './serial.ts';
import { parseStats } from './stats.ts';
import { TableLog } from './table-log.ts';
import { Upkeep, type UpkeepOptions } from './upkeep.ts';
import { vacuum, type VacuumOptions, type VacuumResult } from './vacuum.ts';

export interface OpenOptions {
  /** The store that `path` is in, or what opens the table's own store from `path` (default: the local file system). */
  readonly lake?: LakeStore | OpenLake;
  /** Commits between checkpoints (default 20; a `delta.checkpointInterval` of the table is used instead). 0: none. */
  readonly checkpointInterval?: number;
  /**
   * What merges, compaction and large writes may take where the optional package `@duckdb/node-api` is installed; it is
   * loaded when one needs it. false: never, which is for small tables.
   */
  readonly engine?: EngineOptions | false;
  /** Compaction and vacuum on a schedule, beside the writes of this instance (default: none). */
  readonly upkeep?: UpkeepOptions;
  /** Told when a checkpoint or a piece of upkeep failed. Nothing is lost: it is tried again when it is due again. */
  readonly onUpkeepError?: (error: unknown) => void;
}

export interface RowsOptions {
  /** Kept in the table with the rows. A write whose mark the table already has, or is past, writes nothing. */
  readonly txn?: TxnMark | readonly TxnMark[];
}

/** A version of a table and what made it. */
export interface HistoryEntry extends CommitInfo {
  readonly version: number;
}

/**
 * A Delta table that is open for reading and writing. All writes of one instance go through one queue, so they never
 * conflict with each other; other instances and other engines are met by the protocol's optimistic commits.
 */
export class DeltaTable {
  readonly #log: TableLog;
  readonly #options: OpenOptions;
  readonly #writes = new Serial();
  readonly #maintenance = new Serial();
  readonly #keys = new KeyCache();
  #checkpoint: Promise<void> | null = null;
  readonly #upkeep: Upkeep | null = null;

  private constructor(log: TableLog, options: OpenOptions) {
    this.#log = log;
    this.#options = options;
    if (!options.upkeep) return;
    const onError = (error: unknown): void => options.onUpkeepError?.(error);
    this.#upkeep = new Upkeep(this, options.upkeep, { version: this.version, nowMs: Date.now(), onError });
  }

  /** @throws TABLE_INVALID when there is no table, or one that this library cannot read */
  static async open(path: string, options: OpenOptions = {}): Promise<DeltaTable> {
    const log = logOf(path, options);
    await log.refresh();
    if (!log.exists) throw new StreamsError('TABLE_INVALID', `there is no Delta table at ${nameOf(log.location)}`);
    checkReadable(log.snapshot.protocol, log.snapshot.metadata);
    return new DeltaTable(log, options);
  }

  /** Creates the table where there is none, and adds the columns that an existing one lacks. See {@link createOrEvolve}. */
  static async createOrOpen(path: string, definition: TableDefinition, options: OpenOptions = {}): Promise<DeltaTable> {
    const log = logOf(path, options);
    await createOrEvolve(log, definition);
    return new DeltaTable(log, options);
  }

  /** For messages. */
  get name(): string {
    return nameOf(this.#log.location);
  }
  /** The version that this instance has seen: call {@link refresh} for the newest. */
  get version(): number {
    return this.#log.snapshot.version;
  }
  get schema(): DeltaSchema {
    return this.#log.snapshot.schema;
  }
  get metadata(): Metadata {
    return this.#log.snapshot.metadata;
  }
  get protocol(): Protocol {
    return this.#log.snapshot.protocol;
  }
  /** Live data files. */
  get fileCount(): number {
    return this.#log.snapshot.files.size;
  }

  /** How far each application has got. */
  get txns(): ReadonlyMap<string, Txn> {
    return this.#log.snapshot.txns;
  }

  /** What the log says of the live files; rows is null where it does not say it of all. Sizes in bytes. */
  statistics(): { files: number; bytes: number; rows: number | null; smallest: number; largest: number } {
    let [bytes, smallest, largest] = [0, Infinity, 0];
    let rows: number | null = 0;
    for (const { size, stats } of this.#log.snapshot.files.values()) {
      bytes += size;
      smallest = Math.min(smallest, size);
      largest = Math.max(largest, size);
      const known = parseStats(stats)?.numRecords;
      rows = rows === null || known === undefined ? null : rows + known;
    }
    return { files: this.fileCount, bytes, rows, smallest, largest };
  }

  /** Takes in what other writers committed. Answers the newest version. */
  refresh(): Promise<number> {
    return this.#writes.run(async () => (await this.#log.refresh()).version);
  }

  /** How far that application has got, as far as this instance has seen; null when the table knows nothing of it. */
  txnVersion(appId: string): number | null {
    return this.#log.snapshot.txns.get(appId)?.version ?? null;
  }

  /** Whether the commit with this id is in the table, where its own call could not tell (then after a {@link refresh}). */
  landed(txnId: string): boolean {
    return this.#log.landed(txnId);
  }

  /** Adds rows. @throws SERIALIZATION when one does not fit; then none is written */
  async append(rows: Iterable<Row>, options: RowsOptions = {}): Promise<WriteResult> {
    const buffer = this.newBuffer('append');
    const { partitionColumns, configuration } = this.metadata;
    checkWritable(this.protocol, this.metadata);
    const { schema } = buffer;
    const shape = { schema, partitionColumns, configuration };
    const adds = await encodeRows(this.#log.location, shape, rows, buffer, this.#options.engine ?? {});
    if (!adds) return this.appendBuffer(buffer, { marks: marksOf(options) });
    return this.#write(() => commitAppend(this.#log, adds, schema, partitionColumns, { marks: marksOf(options) }));
  }

  /** Updates the rows that have the same keys, inserts the others. @throws SERIALIZATION when one does not fit */
  async merge(rows: Iterable<Row>, keys: readonly string[], options: RowsOptions = {}): Promise<WriteResult> {
    const buffer = this.newBuffer('merge');
    for (const row of rows) buffer.push(row);
    return this.mergeBuffer(buffer, keys, { marks: marksOf(options) });
  }

  /**
   * Puts rows in place of all rows of the partitions that they are in (of the whole table where it has no partitions, or
   * with scope `table`), in one commit.
   */
  async overwrite(
    rows: Iterable<Row>,
    options: RowsOptions & { readonly scope?: OverwriteScope } = {},
  ): Promise<WriteResult> {
    const buffer = this.newBuffer('append');
    for (const row of rows) buffer.push(row);
    const { partitionColumns } = this.metadata;
    const scope = partitionColumns.length === 0 ? 'table' : (options.scope ?? 'partitions');
    const adds = await this.#writeBuffer(buffer);
    return this.#write(() => commitOverwrite(this.#log, adds, buffer.schema, scope, { marks: marksOf(options) }));
  }

  /** An empty batch for this table's present schema. */
  newBuffer(mode: 'append' | 'merge'): RowBuffer {
    return new RowBuffer(this.schema, { keepAbsent: mode === 'merge' });
  }

  /** {@link append} of rows that are encoded already. */
  async appendBuffer(rows: RowBuffer, options: WriteOptions): Promise<WriteResult> {
    const { partitionColumns } = this.metadata;
    const adds = await this.#writeBuffer(rows);
    const { schema } = rows;
    return this.#write(() => commitAppend(this.#log, adds, schema, partitionColumns, options));
  }

  /** {@link merge} of rows, deletions included, that are encoded already. */
  async mergeBuffer(rows: RowBuffer, keyColumns: readonly string[], options: WriteOptions): Promise<WriteResult> {
    checkKeys(this.schema, keyColumns);
    const engine = this.#options.engine ?? {};
    const input = { rows, schema: rows.schema, keyColumns, cache: this.#keys, engine };
    return this.#write(() => commitMerge(this.#log, input, options));
  }

  /** All rows, for tests and tools: in the table's own order of files, the whole table in memory. */
  async readRows(options: { readonly version?: number } = {}): Promise<Row[]> {
    const location = this.#log.location;
    const past = options.version === undefined ? null : await loadSnapshot(location, options.version);
    const { schema, metadata, files } = past?.snapshot ?? this.#log.snapshot;
    const rows: Row[] = [];
    for (const file of Array.from(files.values())) {
      const columns = await readFile(await openFile(location, file), file, schema, metadata.partitionColumns);
      for (const row of decodeRows(schema, columns)) rows.push(row);
    }
    return rows;
  }

  /** The newest versions first, as far back as the log goes. */
  async history(options: { readonly limit?: number } = {}): Promise<HistoryEntry[]> {
    const entries: HistoryEntry[] = [];
    for (let version = this.version; version >= 0 && entries.length < (options.limit ?? Infinity); version--) {
      const actions = await readCommit(this.#log.location, version);
      if (!actions) break;
      entries.push({ ...actions.find(({ commitInfo }) => commitInfo)?.commitInfo, version });
    }
    return entries;
  }

  /** Puts small files together, or sorts the rows by Z-order. Writes of this instance go on meanwhile. */
  optimize(options: OptimizeOptions = {}): Promise<OptimizeResult> {
    return this.#maintenance.run(() =>
      optimize(this.#log, this.#writes, options, this.#options.engine ?? {}, this.#keys),
    );
  }

  /** Deletes data files that no version within the retention needs. */
  async vacuum(options: VacuumOptions = {}): Promise<VacuumResult> {
    await this.refresh();
    return vacuum(this.#log.location, this.#log.snapshot, options, Date.now());
  }

  /** Deletes commits and checkpoints that are older than the log's retention: see {@link cleanLog}. */
  cleanLog(): Promise<number> {
    return cleanLog(this.#log.location, this.metadata, Date.now());
  }

  /** Writes a checkpoint of the state that this instance has seen. */
  checkpoint(): Promise<void> {
    return this.#checkpointOnce();
  }

  /** When all writes are through, and the checkpoint and the upkeep that one of them may have started. */
  async settled(): Promise<void> {
    await this.#writes.idle();
    await this.#upkeep?.settled();
    await this.#checkpoint?.catch(() => undefined);
  }

  /** Outside of the queue: files of several writers are made side by side. */
  async #writeBuffer(rows: RowBuffer): Promise<AddFile[]> {
    const { partitionColumns, configuration } = this.metadata;
    checkWritable(this.protocol, this.metadata);
    const shape = { schema: rows.schema, partitionColumns, configuration };
    const large = await writeLarge(this.#log.location, shape, rows, this.#options.engine ?? {});
    return large ?? (await writeFiles(this.#log.location, shape, rows)).map(({ add }) => add);
  }

  async #write(step: () => Promise<WriteResult>): Promise<WriteResult> {
    const result = await this.#writes.run(step);
    const own = Number(this.metadata.configuration['delta.checkpointInterval'] ?? 0);
    const interval = own > 0 ? own : (this.#options.checkpointInterval ?? 20);
    if (interval > 0 && this.version - Math.max(0, this.#log.checkpointVersion) >= interval && !this.#checkpoint) {
      // Beside the flow: a checkpoint makes opening faster and is never needed for being right.
      this.#checkpointOnce().catch((error: unknown) => this.#options.onUpkeepError?.(error));
    }
    this.#upkeep?.committed(this.version, Date.now());
    return result;
  }

  #checkpointOnce(): Promise<void> {
    this.#checkpoint ??= this.#writeCheckpoint().finally(() => {
      this.#checkpoint = null;
    });
    return this.#checkpoint;
  }

  async #writeCheckpoint(): Promise<void> {
    // Taken between two steps of the queue, so never in the middle of a commit's replay.
    const content = await this.#writes.run(async () => checkpointOf(this.#log.snapshot, Date.now()));
    await writeCheckpoint(this.#log.location, content);
    this.#log.checkpointWritten(content.version);
    await this.cleanLog();
  }
}

function logOf(path: string, { lake = openLake }: OpenOptions): TableLog {
  return new TableLog(typeof lake === 'function' ? { lake: lake(path), path: '' } : { lake, path });
}

function marksOf({ txn }: RowsOptions): readonly TxnMark[] {
  if (txn === undefined) return [];
  return 'appId' in txn ? [txn] : txn;
}

/** @throws TABLE_INVALID */
function checkKeys(schema: DeltaSchema, keyColumns: readonly string[]): void {
  const usable = (name: string): boolean =>
    schema.fields.some((candidate) => candidate.name === name && typeof candidate.type === 'string');
  const wrong = keyColumns.find((name) => !usable(name));
  if (keyColumns.length > 0 && wrong === undefined) return;
  const text =
    wrong === undefined ? 'a merge needs keys' : `cannot merge by ${wrong}: it is no column of a simple type`;
  throw new StreamsError('TABLE_INVALID', text);
}
