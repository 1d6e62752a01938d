import type { RecordContext } from '../core/record.ts';
import { KeyRanges } from './key-ranges.ts';
import type { FlushListener, TimestampedKeyValueStore, ValueAndTimestamp } from './store.ts';

/** The store of tables and aggregates: each value with the time of the record that wrote it. */
export class TimestampedStore<K, V> extends KeyRanges<K, V> implements TimestampedKeyValueStore<K, V> {
  get writeBack(): boolean {
    return this.core.writeBack;
  }

  timestampOf(key: K): number {
    const entry = this.core.load(this.entries, key, 0);
    return entry.value === null ? -1 : entry.timestamp;
  }

  getWithTimestamp(key: K): ValueAndTimestamp<V> | null {
    const { value, timestamp } = this.core.load(this.entries, key, 0);
    return value === null ? null : { value, timestamp };
  }

  put(key: K, value: V | null, record: RecordContext): void {
    this.core.put(this.entries, key, 0, value, record);
  }

  onFlush(listener: FlushListener<K, V>, sendOldValues: boolean): void {
    this.core.onFlush(
      (entry, newValue, oldValue, record) => listener(entry.key, newValue, oldValue, record),
      sendOldValues,
    );
  }
}
