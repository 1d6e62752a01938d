import type { RecordContext } from '../core/record.ts';
import { retainRecord, retainValue } from '../state/retain.ts';
import type { KeyValueStore } from '../state/store.ts';
import type { OpenBatch } from './batch-store.ts';
import { keyIdentity } from './key-identity.ts';
import type { BatchItem, BatchOptions } from './options.ts';
import type { Processor, ProcessorContext, ProcessorSupplier } from './processor.ts';

const MAX_CHECK_INTERVAL_MS = 1_000;

interface Batch<K, V> {
  readonly id: unknown;
  readonly key: K;
  openedMs: number;
  readonly items: BatchItem<V>[];
  /** Whether the store has something of it, and whether that lacks something. */
  stored: boolean;
  changed: boolean;
}

/**
 * `batch`: see {@link BatchOptions}. Closed by time within a tenth of `maxWaitMs` of its due time. Open batches are kept
 * in memory and written to the store (made by `batchStore`) at commits; a crash finds them with their opening time.
 * Forwards the items with the record of the last. Records without key or value are dropped, as by aggregates.
 */
export function batchProcessor<K, V>(
  options: BatchOptions,
  storeName: string,
): ProcessorSupplier<K, V, K, readonly BatchItem<V>[]> {
  return () => new BatchProcessor(options, storeName);
}

class BatchProcessor<K, V> implements Processor<K, V, K, readonly BatchItem<V>[]> {
  readonly #maxRecords: number;
  readonly #maxWaitMs: number;
  readonly #storeName: string;
  /** In the order of their opening. */
  readonly #open = new Map<unknown, Batch<K, V>>();
  /** Keys of closed batches that the store still has. Deleted in the commit that makes their output safe, not before. */
  readonly #closed = new Map<unknown, K>();
  #context: ProcessorContext<K, readonly BatchItem<V>[]> | null = null;
  #store: KeyValueStore<K, OpenBatch<V>> | null = null;

  constructor(options: BatchOptions, storeName: string) {
    this.#maxRecords = options.maxRecords ?? 100;
    this.#maxWaitMs = options.maxWaitMs ?? 1_000;
    this.#storeName = storeName;
  }

  init(context: ProcessorContext<K, readonly BatchItem<V>[]>): void {
    this.#context = context;
    this.#store = context.store(this.#storeName);
    context.async.afterFlush(() => this.#keepOpen());
    const before = [...this.#store.all()].sort(([, a], [, b]) => a.openedMs - b.openedMs);
    for (const [key, { openedMs, items }] of before) {
      this.#add({ id: keyIdentity(key), key, openedMs, items: [...items], stored: true, changed: false });
    }
    const intervalMs = Math.min(MAX_CHECK_INTERVAL_MS, Math.max(1, Math.ceil(this.#maxWaitMs / 10)));
    context.schedule(intervalMs, 'WALL_CLOCK_TIME', (nowMs) => this.#closeDue(nowMs));
  }

  process(key: K, value: V, record: RecordContext): void {
    if (key === null || key === undefined) return this.#context?.dropped('null-key', record);
    if (value === null || value === undefined) return this.#context?.dropped('null-value', record);
    const id = keyIdentity(key);
    let batch = this.#open.get(id);
    if (batch === undefined) {
      const openedMs = this.#context?.now() ?? 0;
      batch = { id, key, openedMs, items: [], stored: false, changed: true };
      this.#add(batch);
    }
    batch.items.push({ value: retainValue(value), record: retainRecord(record) });
    batch.changed = true;
    if (batch.items.length >= this.#maxRecords) this.#close(batch);
  }

  #add(batch: Batch<K, V>): void {
    this.#open.set(batch.id, batch);
    // An open batch is unfinished work, so that nobody takes the task for idle; its time will come.
    this.#context?.async.started();
  }

  #closeDue(nowMs: number): void {
    for (const batch of this.#open.values()) {
      // The clock was set back: wait once more, not as long as it was ahead.
      if (batch.openedMs > nowMs) batch.openedMs = nowMs;
      if (nowMs - batch.openedMs < this.#maxWaitMs) return;
      this.#close(batch);
    }
  }

  #close(batch: Batch<K, V>): void {
    this.#open.delete(batch.id);
    this.#context?.async.finished(() => undefined);
    if (batch.stored) this.#closed.set(batch.id, batch.key);
    const last = batch.items.at(-1);
    if (last !== undefined) this.#context?.forward(batch.key, batch.items, last.record);
  }

  #keepOpen(): void {
    for (const [id, key] of this.#closed) if (!this.#open.has(id)) this.#store?.put(key, null);
    this.#closed.clear();
    for (const batch of this.#open.values()) {
      if (!batch.changed) continue;
      this.#store?.put(batch.key, { openedMs: batch.openedMs, items: [...batch.items] });
      batch.stored = true;
      batch.changed = false;
    }
  }
}
