import type { Logger } from '../observe/logger.ts';

/**
 * The port to systems that are asked for what is new, and whose answers become records of a topic.
 *
 * Where a source stands is its state: named entries of bytes, which whoever runs it keeps, in the same transaction as
 * the records. So a source never says twice what was said in a transaction that committed, whatever crashes when.
 */
export interface SourceConnector<K = unknown, V = unknown> {
  /** For logs, such as `kql Events in https://…`. */
  readonly description: string;
  /** @param state every entry that earlier batches stored and did not take away; empty at the very first */
  open(state: SourceState, logger: Logger): SourceReader<K, V>;
}

export type SourceState = ReadonlyMap<string, Buffer>;

/** One run of a source. After a failure of any kind it is closed, and another one is opened from the state that was kept. */
export interface SourceReader<K = unknown, V = unknown> {
  /**
   * What comes next; each call goes on from the batch before.
   *
   * @throws SOURCE_UNAVAILABLE and other errors that say `retriable`: ask again later. All others are for people.
   */
  poll(signal: AbortSignal): Promise<SourceBatch<K, V>>;
  close(): Promise<void>;
}

export interface SourceBatch<K = unknown, V = unknown> {
  readonly records: readonly SourceRecord<K, V>[];
  /** Entries of the state that are set with these records; null takes one away. */
  readonly state: ReadonlyMap<string, Buffer | null>;
  /** Whether there is more to ask for at once. */
  readonly more: boolean;
  /** How far this source is behind, in ms, as far as it knows. */
  readonly behindMs: number;
}

export interface SourceRecord<K = unknown, V = unknown> {
  readonly key: K | null;
  readonly value: V;
  /** Ms since the epoch. */
  readonly timestamp: number;
}
