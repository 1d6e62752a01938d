import { NO_HEADERS, type RecordContext } from '../core/record.ts';
import type { Serde } from '../core/serde.ts';
import type { BackingBatch } from './backing.ts';
import type { CacheEntry } from './entry-cache.ts';
import type {
  ChangelogWriter,
  FlushListener,
  ValueAndTimestamp,
  VersionedKeyValueStore,
  VersionedRecord,
} from './store.ts';
import type { StoreCore } from './store-core.ts';
import type { ChangelogRecord } from './task-state.ts';
import { packVersions, unpackVersions, withoutHistory, withVersion, type Version, type Versions } from './versions.ts';

export interface VersionedStoreOptions<K, V> {
  /** Over the versions of a key together; neither cached nor logged. */
  readonly core: StoreCore<K, Versions<V>>;
  readonly value: Serde<V>;
  /** The topic that the serde is told. */
  readonly topic: string;
  readonly historyRetentionMs: number;
  readonly changelog: ChangelogWriter | null;
  /** Told of each write that came too late. */
  readonly expired: () => void;
}

/**
 * Every key with its history (KIP-889): the versions of a key stand together in one entry, those that ended before stream
 * time less the retention are dropped with the next write of the key. The latest version never expires.
 */
export class VersionedStore<K, V> implements VersionedKeyValueStore<K, V> {
  readonly name: string;
  readonly writeBack = false;
  readonly #options: VersionedStoreOptions<K, V>;
  readonly #core: StoreCore<K, Versions<V>>;
  readonly #entries = new Map<unknown, CacheEntry<K, Versions<V>>>();
  /** Keys of the restore under way, which is not yet on disk. */
  readonly #restoring = new Map<string, Versions<Buffer>>();
  #listener: FlushListener<K, V> | null = null;
  #streamTime = -1;

  constructor(options: VersionedStoreOptions<K, V>) {
    this.#options = options;
    this.#core = options.core;
    this.name = options.core.spec.name;
  }

  get open(): boolean {
    return this.#core.open;
  }

  /** The highest time the store was given; -1: none yet. */
  get streamTime(): number {
    return this.#streamTime;
  }

  resetTime(streamTime: number): void {
    this.#streamTime = streamTime;
  }

  get(key: K): V | null {
    return this.#versions(key)[0]?.value ?? null;
  }

  timestampOf(key: K): number {
    return this.getWithTimestamp(key)?.timestamp ?? -1;
  }

  getWithTimestamp(key: K): ValueAndTimestamp<V> | null {
    const latest = this.#versions(key)[0];
    return latest === undefined || latest.value === null ? null : { value: latest.value, timestamp: latest.validFrom };
  }

  getAsOf(key: K, timestamp: number): VersionedRecord<V> | null {
    const versions = this.#versions(key);
    const at = versions.findIndex(({ validFrom }) => validFrom <= timestamp);
    const found = versions[at];
    if (found === undefined || found.value === null || (at > 0 && timestamp < this.#oldest)) return null;
    return { value: found.value, timestamp: found.validFrom, validTo: versions[at - 1]?.validFrom ?? null };
  }

  getVersions(key: K, from: number, to: number): readonly VersionedRecord<V>[] {
    const versions = this.#versions(key);
    return versions.flatMap(({ validFrom, value }, i) => {
      const validTo = versions[i - 1]?.validFrom ?? null;
      const ended = validTo !== null && (validTo <= from || to < this.#oldest);
      return value === null || validFrom > to || ended ? [] : [{ value, timestamp: validFrom, validTo }];
    });
  }

  put(key: K, value: V | null, record: RecordContext): void {
    const { timestamp } = record;
    if (timestamp < this.#oldest) {
      this.#options.expired();
      return;
    }
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    const before = this.#versions(key);
    const latest = before[0];
    const after = withoutHistory(withVersion(before, { validFrom: timestamp, value }), this.#oldest);
    this.#core.put(this.#entries, key, 0, after.length === 0 ? null : after, record);
    this.#log(key, value, record);
    this.#listener?.(key, value, latest?.value ?? null, record, latest === undefined || timestamp >= latest.validFrom);
  }

  onFlush(listener: FlushListener<K, V>): void {
    this.#listener = listener;
  }

  /** Applies one changelog record, or record of the source topic that serves as one. */
  restore(batch: BackingBatch, record: ChangelogRecord): void {
    if (record.timestamp < this.#oldest) return;
    if (record.timestamp > this.#streamTime) this.#streamTime = record.timestamp;
    const order = this.#core.layout.orderOfChangelogKey(record.key);
    const stored = this.#restoring.get(order) ?? unpackVersions(this.#core.writes.get(order)?.value ?? Buffer.alloc(0));
    const version: Version<Buffer> = { validFrom: record.timestamp, value: record.value && Buffer.from(record.value) };
    const after = withoutHistory(withVersion(stored, version), this.#oldest);
    this.#restoring.set(order, after);
    this.#core.writes.writeOne(batch, order, after.length === 0 ? null : packVersions(after), -1);
  }

  /** What was restored so far is on disk. */
  restored(): void {
    this.#restoring.clear();
  }

  get #oldest(): number {
    return this.#streamTime - this.#options.historyRetentionMs;
  }

  #versions(key: K): Versions<V> {
    return this.#core.load(this.#entries, key, 0).value ?? [];
  }

  #log(key: K, value: V | null, record: RecordContext): void {
    const { changelog, topic } = this.#options;
    if (changelog === null) return;
    const bytes = value === null ? null : this.#options.value.serialize(topic, value);
    changelog.log(this.name, this.#core.keyBytes(key), bytes, record.timestamp, NO_HEADERS);
  }
}
