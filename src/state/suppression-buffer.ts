import type { RecordContext } from '../core/record.ts';
import type { Serde } from '../core/serde.ts';
import { type BufferEntry, bufferEntryBytes } from './buffer-entry.ts';
import type { CacheEntry } from './entry-cache.ts';
import { retainRecord } from './retain.ts';
import type { StoreCore } from './store-core.ts';
import { startOrder } from './store-layout.ts';
import type { BufferedRow, SuppressionBuffer } from './store.ts';
import { TextHeap } from './text-heap.ts';

const ORDER_KEY_AT = 8;

/**
 * The rows that wait, as bytes, in memory: by key, and in the order of their time, then key. Below it they are in the
 * task's state and in the changelog like those of any store, so that a restart finds them.
 */
export class TimeOrderedBuffer<K, V> implements SuppressionBuffer<K, V> {
  readonly name: string;
  readonly #core: StoreCore<K, BufferEntry>;
  readonly #value: Serde<V>;
  readonly #home = new Map<unknown, CacheEntry<K, BufferEntry>>();
  /** By key bytes as latin1; null: to be read from the task's state. */
  #rows: Map<string, { readonly key: K; readonly entry: BufferEntry }> | null = null;
  #queue = new TextHeap();
  #bytes = 0;

  /** The core's values are entries; `value` is the serde of the rows. */
  constructor(core: StoreCore<K, BufferEntry>, value: Serde<V>) {
    this.#core = core;
    this.#value = value;
    this.name = core.spec.name;
  }

  get open(): boolean {
    return this.#core.open;
  }

  get size(): number {
    return this.#loaded().size;
  }

  get bytes(): number {
    this.#loaded();
    return this.#bytes;
  }

  /** What is not committed was forgotten, or the changelog was read: the rows are read again when next asked for. */
  forget(): void {
    this.#rows = null;
  }

  put(time: number, key: K, newValue: V | null, oldValue: V | null, record: RecordContext): void {
    const rows = this.#loaded();
    const id = this.#core.keyBytes(key).toString('latin1');
    const before = rows.get(id)?.entry;
    const old = this.#serialize(oldValue);
    const entry: BufferEntry = {
      time: before?.time ?? time,
      prior: before === undefined ? old : before.prior,
      old,
      next: this.#serialize(newValue),
      record: retainRecord(record),
    };
    if (before === undefined) this.#queue.push(startOrder(time) + id);
    else this.#bytes -= bufferEntryBytes(id.length, before);
    this.#bytes += bufferEntryBytes(id.length, entry);
    rows.set(id, { key, entry });
    this.#core.put(this.#home, key, 0, entry, record);
  }

  evictWhile(goes: (time: number) => boolean, evicted: (row: BufferedRow<K, V>) => void): void {
    const rows = this.#loaded();
    for (let order = this.#queue.first; order !== undefined; order = this.#queue.first) {
      const id = order.slice(ORDER_KEY_AT);
      const row = rows.get(id);
      if (row === undefined || !goes(row.entry.time)) return;
      const { key, entry } = row;
      const { record } = entry;
      evicted({ key, newValue: this.#deserialize(entry.next), oldValue: this.#deserialize(entry.old), record });
      this.#queue.pop();
      rows.delete(id);
      this.#bytes -= bufferEntryBytes(id.length, entry);
      this.#core.put(this.#home, key, 0, null, record);
    }
  }

  priorOf(key: K): { readonly value: V | null } | null {
    const row = this.#loaded().get(this.#core.keyBytes(key).toString('latin1'));
    return row === undefined ? null : { value: this.#deserialize(row.entry.prior) };
  }

  #loaded(): Map<string, { readonly key: K; readonly entry: BufferEntry }> {
    this.#core.assertOpen();
    if (this.#rows !== null) return this.#rows;
    const rows = new Map<string, { readonly key: K; readonly entry: BufferEntry }>();
    this.#queue = new TextHeap();
    this.#bytes = 0;
    const scan = this.#core.scan({ from: '', to: null });
    while (scan.next()) {
      const entry = scan.value();
      rows.set(scan.order, { key: this.#core.decodeKey(Buffer.from(scan.order, 'latin1')), entry });
      this.#queue.push(startOrder(entry.time) + scan.order);
      this.#bytes += bufferEntryBytes(scan.order.length, entry);
    }
    scan.close();
    this.#rows = rows;
    return rows;
  }

  #serialize(value: V | null): Buffer | null {
    return value === null ? null : this.#value.serialize(this.#core.topic, value);
  }

  #deserialize(bytes: Buffer | null): V | null {
    return bytes === null ? null : this.#value.deserialize(this.#core.topic, bytes);
  }
}
