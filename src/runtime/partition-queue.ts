import { messageOf, StreamsError } from '../core/errors.ts';
import { type Headers, NO_HEADERS, type RecordContext } from '../core/record.ts';
import { NeedsPreparation, type Serde } from '../core/serde.ts';
import type { FetchedChunk } from '../kafka/client.ts';
import type { SourceNode, TimestampExtractor } from '../topology/topology.ts';
import type { TaskFaults } from './task-faults.ts';
import type { TaskRetries } from './task-retries.ts';

/** A serde that asks the same again and again, whatever it is told, must not hold its partition for ever. */
const MOST_ASKS = 3;

export interface PartitionQueueOptions {
  readonly node: SourceNode;
  readonly topic: string;
  readonly partition: number;
  /** Prepared for this topic. */
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  /** Where reading begins. */
  readonly position: number;
  /** End of the partition when the task was made: what is known to be on the broker. */
  readonly endOffset: number;
  /** The highest timestamp processed up to there (default -1: none). */
  readonly partitionTime?: number;
  readonly faults: TaskFaults;
  /** For what a serde asks for (default: its failure is final). */
  readonly retries?: TaskRetries;
  /** Gives the chunk's bytes back to the fetcher's budget. */
  readonly release: (chunk: FetchedChunk) => void;
  /** Called when a record that had to wait for its schema can be decoded. */
  readonly wake: () => void;
}

/**
 * The records of one partition that wait for their turn. The first of them is decoded, since the choice among
 * partitions needs its timestamp; all others are still the bytes that were fetched.
 */
export class PartitionQueue {
  readonly node: SourceNode;
  readonly topic: string;
  readonly partition: number;
  readonly #options: PartitionQueueOptions;
  readonly #extract: TimestampExtractor | null;
  readonly #chunks: FetchedChunk[] = [];

  /** Whether there is a decoded first record: the fields below are its. */
  ready = false;
  key: unknown = null;
  value: unknown = null;
  record: RecordContext | null = null;
  /** The first record's bytes, for a dead letter. */
  rawKey: Buffer | null = null;
  rawValue: Buffer | null = null;
  /** When the record may be processed at the earliest, in ms (retry buckets); 0: at once. */
  notBefore = 0;

  /** The next offset to process: what a commit of this partition says. */
  position: number;
  endOffset: number;
  /** The highest timestamp seen in this partition; -1 before the first record. */
  partitionTime: number;
  /** The same of records that are done. */
  processedTime: number;
  #recovering = false;
  /** Records that were processed. */
  processed = 0;
  /** Records that were dropped before they reached a node. */
  skipped = 0;

  constructor(options: PartitionQueueOptions) {
    this.node = options.node;
    this.topic = options.topic;
    this.partition = options.partition;
    this.position = options.position;
    this.endOffset = options.endOffset;
    this.partitionTime = this.processedTime = options.partitionTime ?? -1;
    this.#options = options;
    this.#extract = options.node.timestampExtractor;
  }

  /** Records on the broker that were not processed, as far as is known. */
  get lag(): number {
    return Math.max(0, this.endOffset - this.position);
  }

  /** Offsets that were fetched and not processed. */
  get bufferedRecords(): number {
    return Math.max(0, this.#nextFetched() - this.position);
  }

  /** Bytes of the chunks that are not processed to their end. */
  get bufferedBytes(): number {
    let bytes = 0;
    for (const chunk of this.#chunks) bytes += chunk.bytes;
    return bytes;
  }

  push(chunk: FetchedChunk): void {
    this.endOffset = chunk.endOffset;
    this.#chunks.push(chunk);
    if (!this.ready) this.advance();
  }

  /** Goes on at an offset before or after what is here: the log was cut. What is before it and was fetched is kept. */
  moveTo(offset: number, endOffset: number): void {
    if (offset < this.#nextFetched()) {
      this.clear();
      this.position = offset;
    } else if (this.#chunks.length === 0 && !this.ready && !this.#recovering) {
      this.position = offset;
    }
    this.endOffset = endOffset;
  }

  #nextFetched(): number {
    return this.#chunks.at(-1)?.nextOffset ?? this.position;
  }

  /** Gives everything back that was not processed. */
  clear(): void {
    for (const chunk of this.#chunks.splice(0)) this.#options.release(chunk);
    this.ready = false;
  }

  /** The first record is done: moves to the next one, and the position with it. */
  take(): void {
    const { record } = this;
    if (!record) throw new StreamsError('ILLEGAL_STATE', 'take() of an empty queue');
    this.position = record.offset + 1;
    this.processed++;
    if (record.timestamp > this.processedTime) this.processedTime = record.timestamp;
    this.ready = false;
    this.advance();
  }

  /** Decodes the next record, if there is one. */
  advance(): void {
    if (this.#recovering) return;
    for (;;) {
      const chunk = this.#chunks[0];
      if (!chunk) return;
      while (this.#nextOf(chunk)) {
        if (chunk.records.offset < this.position) continue;
        if (this.#decode(chunk)) return;
        if (this.#recovering) return;
      }
      this.position = Math.max(this.position, chunk.nextOffset);
      this.#chunks.shift();
      this.#options.release(chunk);
    }
  }

  /** Moves on in the chunk. What is damaged is passed over if the handler says so; what can be read behind it is read. */
  #nextOf({ records }: FetchedChunk): boolean {
    for (;;) {
      try {
        return records.next();
      } catch (error) {
        if (!(error instanceof StreamsError && error.code === 'CORRUPT_RECORD')) throw error;
        this.#damaged(error, error.coordinates.offset ?? this.position);
      }
    }
  }

  #damaged(error: StreamsError, offset: number): void {
    const { topic, partition } = this;
    const raw: RecordContext = {
      timestamp: Math.max(0, this.partitionTime),
      headers: NO_HEADERS,
      topic,
      partition,
      offset,
    };
    this.skipped++;
    this.position = Math.max(this.position, offset + 1);
    this.#options.faults.deserialization(error, this.node.name, raw, null, null);
  }

  #decode(chunk: FetchedChunk): boolean {
    const { records } = chunk;
    let headers: Headers;
    try {
      headers = records.headers();
    } catch (error) {
      if (!(error instanceof StreamsError)) throw error;
      this.#damaged(error, records.offset);
      return false;
    }
    const raw: RecordContext = {
      timestamp: records.timestamp,
      headers,
      topic: this.topic,
      partition: this.partition,
      offset: records.offset,
    };
    const keyBytes = (this.rawKey = records.key());
    const valueBytes = (this.rawValue = records.value());
    try {
      this.key = keyBytes === null ? null : this.#options.key.deserialize(this.topic, keyBytes, raw.headers);
      this.value = valueBytes === null ? null : this.#options.value.deserialize(this.topic, valueBytes, raw.headers);
    } catch (error) {
      if (error instanceof NeedsPreparation) {
        this.#recover(error, raw, keyBytes, valueBytes);
        return false;
      }
      this.#skip(raw);
      this.#options.faults.deserialization(error, this.node.name, raw, keyBytes, valueBytes);
      return false;
    }
    return this.#accept(raw);
  }

  #accept(raw: RecordContext): boolean {
    let timestamp: number;
    try {
      timestamp = this.#extract
        ? this.#extract(this.key, this.value, raw, this.partitionTime)
        : defaultTimestamp(raw.timestamp);
    } catch (error) {
      throw error instanceof StreamsError
        ? error.at({ ...coordinatesOf(raw), node: this.node.name })
        : new StreamsError('PROCESSING', `the timestamp extractor threw: ${messageOf(error)}`, {
            cause: error,
            ...coordinatesOf(raw),
            node: this.node.name,
          });
    }
    if (timestamp < 0) {
      this.#skip(raw);
      this.#options.faults.dropped('negative-timestamp', this.node.name, raw);
      return false;
    }
    this.record = timestamp === raw.timestamp ? raw : { ...raw, timestamp };
    if (timestamp > this.partitionTime) this.partitionTime = timestamp;
    this.notBefore = this.node.notBefore?.(this.record) ?? 0;
    this.ready = true;
    return true;
  }

  #skip(raw: RecordContext): void {
    this.skipped++;
    this.position = raw.offset + 1;
  }

  /** The record needs a schema that is not here yet: the partition waits, its order is kept. */
  #recover(error: NeedsPreparation, raw: RecordContext, key: Buffer | null, value: Buffer | null, asks = 1): void {
    this.#recovering = true;
    // On the task's loop: what it throws, for this record or for one behind it, has to reach the supervisor.
    const again = (): void => {
      this.#recovering = false;
      if (this.#chunks.length === 0) return;
      try {
        this.key = key === null ? null : this.#options.key.deserialize(this.topic, key, raw.headers);
        this.value = value === null ? null : this.#options.value.deserialize(this.topic, value, raw.headers);
      } catch (second) {
        if (second instanceof NeedsPreparation && (second.what !== error.what || asks < MOST_ASKS)) {
          this.#recover(second, raw, key, value, second.what === error.what ? asks + 1 : 1);
          return;
        }
        this.#skip(raw);
        this.#options.faults.deserialization(second, this.node.name, raw, key, value);
        this.advance();
        return;
      }
      if (!this.#accept(raw)) this.advance();
    };
    const load = async (): Promise<void> => {
      await this.#options.key.recover?.(error);
      await this.#options.value.recover?.(error);
    };
    const { retries } = this.#options;
    (retries ? retries.run(`what a record needs (${error.message})`, load) : load())
      .then(
        () => this.#options.faults.later(again),
        (failure: unknown) => {
          this.#options.faults.later(() => {
            throw failure instanceof StreamsError ? failure.at(coordinatesOf(raw)) : failure;
          });
        },
      )
      .finally(this.#options.wake);
  }
}

export function coordinatesOf(record: RecordContext): { topic: string; partition: number; offset: number } {
  return { topic: record.topic, partition: record.partition, offset: record.offset };
}

/** Kafka Streams' FailOnInvalidTimestamp. */
function defaultTimestamp(timestamp: number): number {
  if (timestamp >= 0) return timestamp;
  throw new StreamsError(
    'INVALID_TIMESTAMP',
    `the record has the timestamp ${timestamp}; give the source a timestampExtractor that decides what to do with it`,
  );
}
