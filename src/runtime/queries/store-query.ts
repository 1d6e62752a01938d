import type { Position } from './position.ts';

/** What is asked of one store, with keys as their serialised bytes. Times are in ms since the epoch, both ends inclusive. */
export type StoreQuery =
  /** Key-value and versioned stores: the (latest) value of a key. */
  | { readonly kind: 'get'; readonly key: Buffer }
  | { readonly kind: 'range'; readonly from: Buffer | null; readonly to: Buffer | null; readonly reverse: boolean }
  | { readonly kind: 'prefix'; readonly prefix: Buffer }
  | { readonly kind: 'count' }
  /** Windows of one key by their starts. */
  | { readonly kind: 'fetch'; readonly key: Buffer; readonly from: number; readonly to: number }
  | { readonly kind: 'fetchAll'; readonly from: number; readonly to: number }
  | { readonly kind: 'sessions'; readonly key: Buffer; readonly earliestEnd: number; readonly latestStart: number }
  | { readonly kind: 'sessionsByEnd'; readonly earliestEnd: number; readonly latestEnd: number }
  | { readonly kind: 'getAsOf'; readonly key: Buffer; readonly asOf: number }
  /** Newest first. */
  | { readonly kind: 'versions'; readonly key: Buffer; readonly from: number; readonly to: number };

/** A question to whoever has one partition of a store. */
export interface QueryRequest {
  readonly store: string;
  /** null: a global store, which every instance has whole. */
  readonly partition: number | null;
  readonly query: StoreQuery;
  /** Entries in one answer; it may have fewer, and then says where to go on. */
  readonly limit: number;
  /** The `after` of the answer before. */
  readonly after: Buffer | null;
  /** null: the active task only. Else a standby too, when it is behind by at most so many records (null: by any number). */
  readonly stale: { readonly maxLag: number | null } | null;
  readonly atLeast: Position | null;
  /** How long to wait for `atLeast`, in ms. */
  readonly waitMs: number;
}

export interface QueryAnswer {
  readonly entries: readonly AnswerEntry[];
  /** Of `count`; else null. */
  readonly count: number | null;
  /** null: that was all. */
  readonly after: Buffer | null;
  readonly position: Position;
  readonly source: AnswerSource;
}

export interface AnswerEntry {
  readonly key: Buffer;
  readonly value: Buffer;
  /** null in stores that keep no times. */
  readonly timestamp: number | null;
  readonly window: { readonly start: number; readonly end: number } | null;
  /** Versioned stores: until when it held; null: it still does. */
  readonly validTo: number | null;
}

export interface AnswerSource {
  readonly task: string;
  readonly role: 'active' | 'standby';
  /** Records that it was behind, as far as it knew. */
  readonly lag: number;
}

/**
 * Answers from the tasks that it has: those of one thread, of another thread, or of another instance. One contract suite
 * (`src/testing/contracts/query-port.ts`) holds for all.
 */
export interface QueryPort {
  /**
   * @throws NOT_PRESENT, STORE_CLOSED (while rebalancing), NOT_UP_TO_BOUND, INSTANCE_UNAVAILABLE: another one, or the
   * same one later, may answer; STORE_UNKNOWN, QUERY_INVALID: none will
   */
  ask(request: QueryRequest): Promise<QueryAnswer>;
}
