import type { Serde } from '../core/serde.ts';

/** What a topology says of a store; each task makes its own from it. Frozen data. */
export interface StoreSpec {
  readonly name: string;
  readonly kind: 'keyValue' | 'timestampedKeyValue' | 'timestampedWindow' | 'session' | 'versioned' | 'suppression';
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  /** On disk (LevelDB), or in memory only; a store in memory is restored from its changelog at each start. */
  readonly persistent: boolean;
  /** With a write-back cache: fewer records downstream and in the changelog, one for each key and commit. */
  readonly cached: boolean;
  /** With a changelog topic. Without one, a new machine starts with an empty store. */
  readonly logged: boolean;
  /** Settings of the changelog topic that differ from the defaults. */
  readonly logConfig: Readonly<Record<string, string>>;
  /** Window, session and versioned stores: how long entries are kept, in ms. */
  readonly retentionMs?: number;
  /** Window stores: the size of a window in ms. */
  readonly windowSizeMs?: number;
  /** Window stores: results leave when windows close (emit strategy `onWindowClose`). */
  readonly emitsOnClose?: boolean;
  /** Window stores of stream joins: several values for one key and time. */
  readonly retainDuplicates?: boolean;
  /** The changelog is this source topic (topology optimisation `reuse.ktable.source.topics`). */
  readonly sourceTopic?: string;
}
