import { type PartitionOffset, partitionName, type RecordContext, type TopicPartition } from '../../core/record.ts';
import type { SinkContext, SinkWriter } from '../sink.ts';
import type { TxnMark } from './marks.ts';
import type { DeletedRow, DeltaFlushOptions } from './options.ts';
import type { EncodedRow } from './row-buffer.ts';
import type { Row } from './row.ts';
import type { SourceMark, TableBuffer } from './table-buffer.ts';

/**
 * A flush takes at most this share of a task's time, unless so much waits that it must be written: when flushes are slow,
 * each takes more rows, up to those of the longest wait.
 */
const FLUSH_SHARE = 0.1;
const LONGEST_WAIT_MS = 15_000;

/** Gives the rows of a record to `emit`, with the number of the table in the order of commits. */
export type RouteRows<K, V> = (
  value: V,
  key: K,
  record: RecordContext,
  emit: (table: number, row: Row | DeletedRow) => void,
) => void;

/**
 * One task's part of a Delta sink.
 *
 * Each commit to a table carries, for each source partition, the offset of the last record whose rows the table has then
 * (a `txn` action: PROTOCOL.md, Transaction Identifiers). Records at or below it are dropped when they come again, so a
 * row is written once, whatever happens between the commit and Kafka's.
 *
 * Of several tables, the last in the order also carries a mark that the whole flush is done. That mark is the position to
 * read on from; the rows' marks of the others may be far behind (a table that seldom gets rows) or ahead of it (a crash
 * between two tables), and only tell what to drop. A partition without the mark has no position here: Kafka's
 * committed offset, which follows a flush, is right then.
 */
export class DeltaWriter<K, V> implements SinkWriter<K, V> {
  readonly #context: SinkContext;
  readonly #tables: readonly TableBuffer[];
  readonly #route: RouteRows<K, V>;
  readonly #limits: Required<Pick<DeltaFlushOptions, 'flushRows' | 'flushBytes' | 'flushIntervalMs'>>;
  readonly #marks: ReadonlyMap<string, SourceMark>;
  readonly #emit = (table: number, row: Row | DeletedRow): void => this.#encode(table, row);
  /** The encoded rows of the record at hand: they are added when all of them fit. */
  #pending: { readonly table: number; readonly row: EncodedRow }[] = [];
  /** The offset of the last record of each partition, by its name. */
  readonly #lastOffsets = new Map<string, number>();
  /** Since when rows wait; null when none do, or nobody asked since. */
  #waitingSince: number | null = null;
  /** How long the last flush took. */
  #flushMs = 0;
  /** A table before the last one was committed, and the last one does not say so yet. */
  #incomplete = false;

  constructor(
    context: SinkContext,
    tables: readonly TableBuffer[],
    route: RouteRows<K, V>,
    { flushRows = 10_000, flushBytes = 16 * 1024 * 1024, flushIntervalMs = 5_000 }: DeltaFlushOptions,
  ) {
    this.#context = context;
    this.#tables = tables;
    this.#route = route;
    this.#limits = { flushRows, flushBytes, flushIntervalMs };
    this.#marks = marksOf(context, tables.length);
  }

  async positions(): Promise<PartitionOffset[]> {
    await Promise.all(this.#tables.map(({ table }) => table.refresh()));
    for (const buffer of this.#tables) buffer.believe(appIdsOf(this.#marks));
    const positions: PartitionOffset[] = [];
    for (const { topic, partition } of this.#context.partitions) {
      const taken = this.#done(partitionName(topic, partition));
      if (taken >= 0) positions.push({ topic, partition, offset: taken + 1 });
    }
    return positions;
  }

  write(key: K, value: V, record: RecordContext): void {
    const name = partitionName(record.topic, record.partition);
    if (record.offset <= this.#done(name)) return;
    this.#lastOffsets.set(name, record.offset);
    this.#pending = [];
    try {
      this.#route(value, key, record, this.#emit);
    } catch (error) {
      this.#context.reject(error instanceof Error ? error : new Error(String(error)), key, value, record);
      return;
    }
    const appId = this.#markOf(name).rows;
    for (const { table, row } of this.#pending) {
      const buffer = this.#tables[table];
      if (buffer && record.offset > buffer.taken(appId)) buffer.add(row, appId, record.offset);
    }
  }

  get bufferedBytes(): number {
    let bytes = 0;
    for (const table of this.#tables) bytes += table.bytes;
    return bytes;
  }

  due(nowMs: number): boolean {
    let rows = 0;
    for (const table of this.#tables) rows += table.length;
    if (rows === 0 && !this.#incomplete) return false;
    this.#waitingSince ??= nowMs;
    const { flushRows, flushBytes, flushIntervalMs } = this.#limits;
    if (rows >= flushRows || this.bufferedBytes >= flushBytes) return true;
    const pace = Math.min(this.#flushMs / FLUSH_SHARE, LONGEST_WAIT_MS);
    return nowMs - this.#waitingSince >= Math.max(flushIntervalMs, pace);
  }

  async flush(consumed: readonly PartitionOffset[]): Promise<void> {
    const ends = new Map(this.#lastOffsets);
    for (const { topic, partition, offset } of consumed) {
      const name = partitionName(topic, partition);
      ends.set(name, Math.max(ends.get(name) ?? -1, offset - 1));
    }
    const last = this.#tables.length - 1;
    const startMs = performance.now();
    for (const [i, table] of this.#tables.entries()) {
      if (table.length === 0 && !(i === last && this.#incomplete)) continue;
      await table.flush(this.#marksAt(ends, i === last));
      this.#incomplete = i < last;
    }
    this.#waitingSince = null;
    this.#flushMs = performance.now() - startMs;
  }

  async close(): Promise<void> {
    // What waits is read again by the next owner: nothing is lost. A checkpoint that is being written is left to finish.
    await Promise.all(this.#tables.map(({ table }) => table.settled()));
  }

  #encode(table: number, row: Row | DeletedRow): void {
    const buffer = this.#tables[table];
    if (buffer) this.#pending.push({ table, row: buffer.encode(row) });
  }

  #marksAt(ends: ReadonlyMap<string, number>, last: boolean): TxnMark[] {
    const marks: TxnMark[] = [];
    for (const [name, version] of ends) {
      const { rows, complete } = this.#markOf(name);
      if (version < 0) continue;
      marks.push({ appId: rows, version });
      if (last && complete !== null) marks.push({ appId: complete, version });
    }
    return marks;
  }

  /** The last offset of a partition that is in all tables for certain; -1 for none. */
  #done(name: string): number {
    const { rows, complete } = this.#markOf(name);
    let done = -1;
    // Any table’s mark is true: the order of the tables may have been another when it was set.
    for (const table of this.#tables) done = Math.max(done, table.taken(complete ?? rows));
    return done;
  }

  #markOf(name: string): SourceMark {
    return this.#marks.get(name) ?? markOf(this.#context, name, this.#tables.length);
  }
}

/** The names of a task's source partitions in its tables, by partition. */
export function marksOf(context: SinkContext, tables: number): ReadonlyMap<string, SourceMark> {
  const names = context.partitions.map(({ topic, partition }: TopicPartition) => partitionName(topic, partition));
  return new Map(names.map((name) => [name, markOf(context, name, tables)]));
}

export function appIdsOf(marks: ReadonlyMap<string, SourceMark>): string[] {
  return Array.from(marks.values()).flatMap(({ rows, complete }) => (complete === null ? [rows] : [rows, complete]));
}

function markOf({ applicationId, name }: SinkContext, partition: string, tables: number): SourceMark {
  const rows = `${applicationId}-${name}-${partition}`;
  return { rows, complete: tables > 1 ? `${rows}-complete` : null };
}
