import type { Serde } from '../core/serde.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import { checkName } from './names.ts';

export interface KeyValueStoreOptions<K, V> {
  readonly name: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** On disk (default true), or in memory only. */
  readonly persistent?: boolean;
  /** With a write-back cache: one changelog record for each key and commit (default true). */
  readonly cached?: boolean;
  /** With a changelog topic (default true). Without one, a new machine starts with an empty store. */
  readonly logged?: boolean;
  /** Settings of the changelog topic that differ from the defaults. */
  readonly logConfig?: Readonly<Record<string, string>>;
}

/** A store of values by key, for `process`: `builder.addStore(keyValueStore({ name, key, value }))`. */
export function keyValueStore<K, V>(options: KeyValueStoreOptions<K, V>): StoreSpec {
  return storeOf('keyValue', options);
}

/** A store that keeps the time of each value's record too, as tables do. */
export function timestampedKeyValueStore<K, V>(options: KeyValueStoreOptions<K, V>): StoreSpec {
  return storeOf('timestampedKeyValue', options);
}

export interface WindowStoreSpecOptions<K, V> extends KeyValueStoreOptions<K, V> {
  /** The size of a window, in ms. */
  readonly windowSizeMs: number;
  /** How long windows are kept, in ms of stream time; at least the size. */
  readonly retentionMs: number;
}

/** A store of values by key and start of a window. */
export function windowStore<K, V>(options: WindowStoreSpecOptions<K, V>): StoreSpec {
  const { windowSizeMs, retentionMs } = options;
  return Object.freeze({ ...storeOf('timestampedWindow', options), windowSizeMs, retentionMs });
}

export interface SessionStoreSpecOptions<K, V> extends KeyValueStoreOptions<K, V> {
  /** How long sessions are kept after their end, in ms of stream time. */
  readonly retentionMs: number;
}

/** A store of values by key, start and end of a session. */
export function sessionStore<K, V>(options: SessionStoreSpecOptions<K, V>): StoreSpec {
  return Object.freeze({ ...storeOf('session', options), retentionMs: options.retentionMs });
}

export interface VersionedStoreSpecOptions<K, V> extends Omit<KeyValueStoreOptions<K, V>, 'cached'> {
  /** How far back in stream time versions are kept, in ms; writes that are older are dropped. */
  readonly historyRetentionMs: number;
}

/** A store of all versions of each key (KIP-889). */
export function versionedKeyValueStore<K, V>(options: VersionedStoreSpecOptions<K, V>): StoreSpec {
  const retentionMs = options.historyRetentionMs;
  return Object.freeze({ ...storeOf('versioned', { ...options, cached: false }), retentionMs });
}

function storeOf<K, V>(kind: StoreSpec['kind'], options: KeyValueStoreOptions<K, V>): StoreSpec {
  const { name, key, value, persistent = true, cached = true, logged = true, logConfig = {} } = options;
  return Object.freeze({ name: checkName(name), kind, key, value, persistent, cached, logged, logConfig });
}
