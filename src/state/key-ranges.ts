import type { CacheEntry } from './entry-cache.ts';
import type { ScanBounds } from './merged-scan.ts';
import { iterateStore } from './store-iterator.ts';
import type { StoreCore } from './store-core.ts';
import type { KeyByteReads, KeyByteRange, StoredBytes, StoreIterator } from './store.ts';
import { afterPrefix } from './suffix-jump.ts';

/** The reading half that both key-value stores have: keys are their bytes on disk. */
export class KeyRanges<K, V> implements KeyByteReads {
  readonly name: string;
  protected readonly core: StoreCore<K, V>;
  protected readonly entries = new Map<unknown, CacheEntry<K, V>>();

  constructor(core: StoreCore<K, V>) {
    this.core = core;
    this.name = core.spec.name;
  }

  get open(): boolean {
    return this.core.open;
  }

  get(key: K): V | null {
    return this.core.load(this.entries, key, 0).value;
  }

  range(from: K | null, to: K | null): StoreIterator<K, V> {
    return this.#scan(this.#bounds(from, to, false));
  }

  reverseRange(from: K | null, to: K | null): StoreIterator<K, V> {
    return this.#scan(this.#bounds(from, to, true));
  }

  all(): StoreIterator<K, V> {
    return this.#scan({ from: '', to: null });
  }

  prefixScan(prefix: Buffer): StoreIterator<K, V> {
    const from = prefix.toString('latin1');
    return this.#scan({ from, to: afterPrefix(from) });
  }

  scanBytes({ from, to, reverse }: KeyByteRange): StoreIterator<Buffer, StoredBytes> {
    const bounds = { from: from?.toString('latin1') ?? '', to: to?.toString('latin1') ?? null, reverse };
    return iterateStore(this.core.scan(bounds), (at) => [
      Buffer.from(at.order, 'latin1'),
      { bytes: at.bytes((value) => this.core.valueBytes(value)), timestamp: at.timestamp },
    ]);
  }

  /** Counts by reading all keys: exact, and as slow as that. */
  approximateNumEntries(): number {
    const scan = this.core.scan({ from: '', to: null });
    let count = 0;
    while (scan.next()) count++;
    scan.close();
    return count;
  }

  #bounds(from: K | null, to: K | null, reverse: boolean): ScanBounds {
    return {
      from: from === null ? '' : this.core.keyBytes(from).toString('latin1'),
      to: to === null ? null : `${this.core.keyBytes(to).toString('latin1')}\0`,
      reverse,
    };
  }

  #scan(bounds: ScanBounds): StoreIterator<K, V> {
    return iterateStore(this.core.scan(bounds), (at) => [
      this.core.decodeKey(Buffer.from(at.order, 'latin1')),
      at.value(),
    ]);
  }
}
