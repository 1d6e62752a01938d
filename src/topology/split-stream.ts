import type { RecordContext } from '../core/record.ts';
import type { NamedOptions } from './options.ts';
import type { KStream, Predicate } from './stream.ts';

export interface BranchOptions<N extends string> {
  /** Key of the branch in the answer, and the end of its node's name (default: the 1-based index; `0` for the default branch). */
  readonly name?: N;
}

/**
 * A stream that is being split: each record goes to the first branch whose predicate holds. `B` collects the branches.
 *
 * @example
 *     const { good, rest } = events
 *       .split({ name: 'events-' })
 *       .branch(isGood, { name: 'good' })
 *       .default({ name: 'rest' });
 */
export interface SplitStream<K, V, B = unknown> {
  branch<S extends V, N extends string = string>(
    predicate: (value: V, key: K, record: RecordContext) => value is S,
    options?: BranchOptions<N>,
  ): SplitStream<K, V, B & Readonly<Record<N, KStream<K, S>>>>;
  branch<N extends string = string>(
    predicate: Predicate<K, V>,
    options?: BranchOptions<N>,
  ): SplitStream<K, V, B & Readonly<Record<N, KStream<K, V>>>>;
  /** The branches, and one for the records that fit none. */
  default<N extends string = string>(options?: BranchOptions<N>): B & Readonly<Record<N, KStream<K, V>>>;
  /** The branches; records that fit none are dropped. */
  noDefault(): B;
}

export type { NamedOptions };
