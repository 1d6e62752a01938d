import { NO_HEADERS, type RecordContext } from '../core/record.ts';
import type { KeyValueStore } from '../state/store.ts';
import type { InFlight } from './in-flight-serde.ts';
import { WaitingKey } from './waiting-key.ts';

/** The store of records that wait; under null it has the one that made stream time what it is, without its key and value. */
export type WaitingStore<K, V> = KeyValueStore<WaitingKey<K> | null, InFlight<K, V>>;

/**
 * Records in a store, by time, then key, then the order in which they came: Kafka Streams' order in its buffers. The
 * store's keys are in memory too; the records need not be.
 */
export class WaitingRecords<K, V> {
  readonly #store: WaitingStore<K, V>;
  readonly #order: WaitingKey<K>[] = [];
  #sequence = 0;
  #streamTime = -1;

  constructor(store: WaitingStore<K, V>) {
    this.#store = store;
    for (const [at, { record }] of store.all()) {
      if (at === null) {
        this.#streamTime = record.timestamp;
        continue;
      }
      this.#order.push(at);
      this.#sequence = Math.max(this.#sequence, at.sequence);
    }
  }

  /** The highest time of the records that ever waited; -1: there was none. */
  get streamTime(): number {
    return this.#streamTime;
  }

  add(key: K, value: V, record: RecordContext): void {
    this.#sequence = (this.#sequence + 1) & 0x7fff_ffff;
    const at = new WaitingKey(record.timestamp, key, this.#sequence);
    this.#store.put(at, { key, value, record });
    this.#insert(at);
    if (record.timestamp <= this.#streamTime) return;
    this.#streamTime = record.timestamp;
    this.#store.put(null, { key: null, value: null, record: { ...record, headers: NO_HEADERS } });
  }

  /** Takes out the records up to a time, oldest first. */
  release(until: number, each: (key: K, value: V, record: RecordContext) => void): void {
    let count = 0;
    for (const at of this.#order) {
      if (at.time > until) break;
      count++;
      const waited = this.#store.delete(at);
      if (waited !== null) each(waited.key as K, waited.value as V, waited.record);
    }
    this.#order.splice(0, count);
  }

  #insert(waiting: WaitingKey<K>): void {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#order[middle];
      if (other !== undefined && Buffer.compare(other.bytes, waiting.bytes) < 0) low = middle + 1;
      else high = middle;
    }
    this.#order.splice(low, 0, waiting);
  }
}
