import { NO_HEADERS } from '../core/record.ts';
import { KeyRanges } from './key-ranges.ts';
import type { StoreCore } from './store-core.ts';
import type { KeyValueStore } from './store.ts';

/** Values without a time of their own: the stores of `process()` and of our own operators. */
export class PlainKeyValueStore<K, V> extends KeyRanges<K, V> implements KeyValueStore<K, V> {
  readonly #recordTimestamp: () => number;

  /** `recordTimestamp`: the time of the record in hand, which changelog records carry as in Kafka Streams. */
  constructor(core: StoreCore<K, V>, recordTimestamp: () => number) {
    super(core);
    this.#recordTimestamp = recordTimestamp;
  }

  put(key: K, value: V | null): void {
    const timestamp = this.#recordTimestamp();
    this.core.put(this.entries, key, 0, value ?? null, {
      timestamp,
      headers: NO_HEADERS,
      topic: '',
      partition: -1,
      offset: -1,
    });
  }

  putIfAbsent(key: K, value: V): V | null {
    const before = this.get(key);
    if (before === null) this.put(key, value);
    return before;
  }

  delete(key: K): V | null {
    const before = this.get(key);
    if (before !== null) this.put(key, null);
    return before;
  }
}
