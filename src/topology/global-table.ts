import type { Serde } from '../core/serde.ts';

/**
 * A table of which every process has all partitions: any stream can look its rows up, under any key. It is complete
 * before the first record is processed, and then follows its topic without regard to the records' times.
 */
export interface GlobalKTable<K, V> {
  readonly keySerde: Serde<K> | null;
  readonly valueSerde: Serde<V> | null;
  /** Name of the store that can be queried, or null: it has no name of its own. */
  readonly storeName: string | null;
  /** Tells it from a {@link KTable}. */
  readonly global: true;
}
