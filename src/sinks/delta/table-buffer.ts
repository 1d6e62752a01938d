import { randomUUID } from 'node:crypto';
import { StreamsError } from '../../core/errors.ts';
import type { WriteResult } from './append.ts';
import type { TxnMark } from './marks.ts';
import { DeletedRow, type DeltaTableOptions } from './options.ts';
import type { EncodedRow, RowBuffer } from './row-buffer.ts';
import type { Row } from './row.ts';
import type { DeltaTable } from './table.ts';

/** How a sink task names its source partitions in tables. */
export interface SourceMark {
  /** The appId of the rows' mark: the offset of the last record whose rows this table has. */
  readonly rows: string;
  /** The appId of the mark that says so for all tables of the sink; kept in the last one. null for a single table. */
  readonly complete: string | null;
}

/** The rows of one sink task that wait for one table, and how far the table is. */
export class TableBuffer {
  readonly table: DeltaTable;
  readonly #options: DeltaTableOptions;
  #rows: RowBuffer;
  /** Of each waiting row: the appId of its source, and its offset there. */
  #sources: { readonly appId: string; readonly offset: number }[] = [];
  /** The marks as this task believes the table has them. */
  readonly #expected = new Map<string, number | null>();
  /** Commits of this task that failed without an answer. */
  #unsure: string[] = [];

  constructor(table: DeltaTable, options: DeltaTableOptions, appIds: readonly string[]) {
    this.table = table;
    this.#options = options;
    this.#rows = table.newBuffer(options.mode);
    this.believe(appIds);
  }

  get length(): number {
    return this.#rows.length;
  }

  get bytes(): number {
    return this.#rows.bytes + this.#sources.length * 64;
  }

  /** Takes over what the table says, as this instance of it has last seen it. Only while nothing waits. */
  believe(appIds: Iterable<string>): void {
    if (this.length > 0 || this.#unsure.length > 0) return;
    for (const appId of appIds) this.#expected.set(appId, this.table.txnVersion(appId));
  }

  /** The last offset of that source that the table has; -1 for none. */
  taken(appId: string): number {
    return this.#expected.get(appId) ?? -1;
  }

  /** @throws SERIALIZATION, or what else says that the table cannot take the row */
  encode(row: Row | DeletedRow): EncodedRow {
    if (!(row instanceof DeletedRow)) return this.#rows.encode(row);
    if (this.#options.mode === 'merge') return this.#rows.encodeDeletion(row.keys, this.#options.mergeKeys ?? []);
    throw new StreamsError('SERIALIZATION', 'rows of a table that is only appended to cannot be deleted');
  }

  add(row: EncodedRow, appId: string, offset: number): void {
    this.#rows.add(row);
    this.#sources.push({ appId, offset });
  }

  /**
   * Writes the waiting rows and the marks in one commit. When it rejects, all rows are still there, and calling again
   * writes none of them twice, whether the commit that failed is in the table or not.
   *
   * @throws FENCED when another writer moved a mark
   */
  async flush(marks: readonly TxnMark[]): Promise<void> {
    for (;;) {
      if (this.#unsure.length > 0) {
        await this.table.refresh();
        this.#takeLanded();
      }
      const ahead = marks.filter(({ appId, version }) => version > this.taken(appId));
      if (ahead.length === 0 && this.length === 0) return;
      const result = await this.#write(ahead);
      if (result.kind === 'written') {
        for (const { appId, version } of ahead) this.#expected.set(appId, version);
        this.#clear();
        return;
      }
      if (!this.#takeLanded()) throw this.#fenced(ahead);
    }
  }

  async #write(marks: readonly TxnMark[]): Promise<WriteResult> {
    const txnId = randomUUID();
    const options = { marks, expected: this.#expected, txnId };
    try {
      return this.#options.mode === 'merge' && this.length > 0
        ? await this.table.mergeBuffer(this.#rows, this.#options.mergeKeys ?? [], options)
        : await this.table.appendBuffer(this.#rows, options);
    } catch (error) {
      this.#unsure.push(txnId);
      throw error;
    }
  }

  /** Whether a commit without an answer turned out to be in the table: its rows are then taken out of the buffer. */
  #takeLanded(): boolean {
    const landed = this.#unsure.some((txnId) => this.table.landed(txnId));
    this.#unsure = landed ? [] : this.#unsure;
    if (!landed) return false;
    for (const appId of this.#expected.keys()) this.#expected.set(appId, this.table.txnVersion(appId));
    const waits = ({ appId, offset }: { appId: string; offset: number }): boolean => offset > this.taken(appId);
    const sources = this.#sources;
    this.#rows.retain((row) => waits(sources[row] ?? { appId: '', offset: 0 }));
    this.#sources = sources.filter(waits);
    return true;
  }

  #clear(): void {
    this.#unsure = [];
    this.#sources = [];
    this.#rows = this.table.newBuffer(this.#options.mode);
  }

  #fenced(marks: readonly TxnMark[]): StreamsError {
    const moved = marks.find(({ appId }) => (this.table.txnVersion(appId) ?? -1) !== this.taken(appId));
    const text = `${this.table.name}: another writer wrote as ${moved?.appId ?? 'this task'}; this one’s rows were not written`;
    return new StreamsError('FENCED', text);
  }
}
