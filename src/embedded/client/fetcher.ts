import { StreamsError } from '../../core/errors.ts';
import { partitionName } from '../../core/record.ts';
import type { FetchedChunk, Fetcher, FetcherOptions } from '../../kafka/client.ts';
import { BatchCursor } from '../../kafka/wire/record-batch-reader.ts';
import { isRetriable, type KafkaErrorName } from '../kafka-error.ts';
import { isRefusal, type Answer } from '../protocol/apis.ts';
import type { FetchedPartition, FetchRequest } from '../protocol/records.ts';
import type { Connection } from './connection.ts';
import { failure } from './failure.ts';

interface Position {
  readonly topic: string;
  readonly partition: number;
  offset: number;
  /** Of its chunks that are not released. */
  heldBytes: number;
  /** Arrived and not polled: nothing more is fetched of it before. */
  isBuffered: boolean;
  /** An error was delivered: nothing more is fetched of it until it is added again. */
  isStopped: boolean;
}

const NO_RECORDS = Buffer.alloc(0);
/** Kafka's `fetch.max.bytes`. */
const MAX_FETCH_BYTES = 50 * 1024 * 1024;
const RETRY_MS = 20;
const nothing = (): void => {};

/** Reads from the embedded broker. A waiting fetch stands in the broker until an append answers it: nothing polls. */
export class EmbeddedFetcher implements Fetcher {
  readonly #connection: Connection;
  readonly #options: Required<FetcherOptions>;
  readonly #positions = new Map<string, Position>();
  readonly #held = new Map<FetchedChunk, Position>();
  readonly #waiters = new Set<() => void>();
  /** Woken while nobody waited. */
  #woken = false;
  #arrived: FetchedChunk[] = [];
  #bufferedBytes = 0;
  #cancel: (() => void) | null = null;
  #cancelRetry = nothing;
  #turn = 0;
  #isClosed = false;

  constructor(connection: Connection, options: FetcherOptions) {
    this.#connection = connection;
    this.#options = {
      isolation: 'read_committed',
      maxBufferedBytes: 64 * 1024 * 1024,
      maxPartitionBytes: 1024 * 1024,
      maxWaitMs: 500,
      minBytes: 1,
      ...options,
    };
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  add(topic: string, partition: number, offset: number): void {
    this.remove(topic, partition);
    // A fetch under way does not ask for this partition: it is asked again with it.
    this.#cancel?.();
    this.#cancel = null;
    const position = { topic, partition, offset, heldBytes: 0, isBuffered: false, isStopped: false };
    this.#positions.set(partitionName(topic, partition), position);
    if (this.#waiters.size > 0) this.#fetch();
  }

  remove(topic: string, partition: number): void {
    if (!this.#positions.delete(partitionName(topic, partition))) return;
    // A fetch under way has the old position: it is asked again with the new ones.
    this.#cancel?.();
    this.#cancel = null;
    for (const chunk of this.#arrived) {
      if (chunk.topic === topic && chunk.partition === partition) this.release(chunk);
    }
    this.#arrived = this.#arrived.filter((chunk) => this.#held.has(chunk));
    if (this.#waiters.size > 0) this.#fetch();
  }

  poll(): FetchedChunk[] {
    if (this.#arrived.length === 0) this.#fetch();
    const chunks = this.#arrived;
    if (chunks.length === 0) return [];
    this.#arrived = [];
    for (const { topic, partition } of chunks) {
      const position = this.#positions.get(partitionName(topic, partition));
      if (position) position.isBuffered = false;
    }
    // Without latency the next poll fetches by itself; with it, the next fetch had better be on its way.
    if (this.#connection.options.latencyMs > 0) this.#fetch();
    return chunks;
  }

  arrival(timeoutMs: number): Promise<void> {
    if (this.#isClosed) return Promise.reject(new StreamsError('ILLEGAL_STATE', 'the fetcher is closed'));
    if (this.#arrived.length === 0) this.#fetch();
    const woken = this.#woken;
    this.#woken = false;
    if (woken || this.#arrived.length > 0) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#waiters.delete(end);
        resolve();
      };
      const cancel = this.#connection.options.scheduler.after(timeoutMs, end);
      this.#waiters.add(end);
    });
  }

  wake(): void {
    if (this.#waiters.size === 0) this.#woken = true;
    this.#end();
  }

  #end(): void {
    for (const end of this.#waiters) end();
  }

  release(chunk: FetchedChunk): void {
    const position = this.#held.get(chunk);
    if (!position) return;
    this.#held.delete(chunk);
    const wasEligible = this.#mayFetch(position);
    position.heldBytes -= chunk.bytes;
    this.#bufferedBytes -= chunk.bytes;
    // Without latency, a fetch under way stands in the broker, and is asked again with this partition.
    if (!wasEligible && this.#connection.options.latencyMs === 0 && this.#mayFetch(position)) {
      this.#cancel?.();
      this.#cancel = null;
    }
    if (this.#waiters.size > 0) this.#fetch();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    this.#cancel = null;
    this.#cancelRetry();
    this.#positions.clear();
    this.#arrived = [];
    this.#held.clear();
    this.#bufferedBytes = 0;
    this.wake();
    return Promise.resolve();
  }

  #fetch(): void {
    if (this.#cancel || this.#isClosed || !this.#connection.isOpen) return;
    const positions = this.#turnOf([...this.#positions.values()].filter((position) => this.#mayFetch(position)));
    if (positions.length === 0) return;
    const { isolation, maxWaitMs, minBytes, maxPartitionBytes } = this.#options;
    const share = this.#shareBytes();
    const request: FetchRequest = {
      isolation,
      maxWaitMs,
      minBytes,
      maxBytes: MAX_FETCH_BYTES,
      partitions: positions.map(({ topic, partition, offset, heldBytes }) => ({
        topic,
        partition,
        fetchOffset: offset,
        maxBytes: Math.min(maxPartitionBytes, share - heldBytes),
      })),
    };
    let isAnswered = false;
    const cancel = this.#connection.send('Fetch', request, maxWaitMs, (answer) => {
      isAnswered = true;
      this.#cancel = null;
      this.#take(positions, answer);
    });
    if (!isAnswered) this.#cancel = cancel;
  }

  /**
   * Each partition has an equal share of the budget: one whose chunks are held back never keeps another from being read.
   */
  #shareBytes(): number {
    return Math.floor(this.#options.maxBufferedBytes / Math.max(this.#positions.size, 1));
  }

  #mayFetch({ isBuffered, isStopped, heldBytes }: Position): boolean {
    return !isBuffered && !isStopped && heldBytes <= this.#shareBytes() / 2;
  }

  /** Each fetch begins with another partition, so that the byte limit of a fetch starves none. */
  #turnOf(positions: Position[]): Position[] {
    if (positions.length < 2) return positions;
    const first = this.#turn++ % positions.length;
    return [...positions.slice(first), ...positions.slice(0, first)];
  }

  #take(positions: readonly Position[], answer: Answer<'Fetch'>): void {
    if (isRefusal(answer)) {
      if (isRetriable(answer.refused)) return this.#retryLater();
      for (const position of positions) this.#stop(position, answer.refused);
    } else {
      answer.partitions.forEach((fetched, i) => {
        const position = positions[i];
        if (position) this.#takePartition(position, fetched);
      });
    }
    if (this.#arrived.length > 0) this.#end();
    else if (this.#waiters.size > 0) this.#retryLater(0);
  }

  #takePartition(position: Position, fetched: FetchedPartition): void {
    if (fetched.error !== 'NONE') {
      if (!isRetriable(fetched.error) || fetched.error === 'UNKNOWN_TOPIC_OR_PARTITION') {
        this.#stop(position, fetched.error, fetched.logStartOffset, fetched.highWatermark);
      }
      return;
    }
    if (fetched.nextOffset === position.offset) return;
    const { topic, partition, records, nextOffset, logStartOffset, abortedTransactions: aborted } = fetched;
    const chunk: FetchedChunk = {
      topic,
      partition,
      records: new BatchCursor(records, { from: position.offset, aborted }),
      nextOffset,
      endOffset: this.#options.isolation === 'read_committed' ? fetched.lastStableOffset : fetched.highWatermark,
      logStartOffset,
      bytes: records.length,
      error: null,
    };
    position.offset = nextOffset;
    this.#deliver(position, chunk);
  }

  #stop(position: Position, error: KafkaErrorName, logStartOffset = -1, endOffset = -1): void {
    const { topic, partition, offset } = position;
    position.isStopped = true;
    this.#deliver(position, {
      topic,
      partition,
      records: new BatchCursor(NO_RECORDS),
      nextOffset: offset,
      endOffset,
      logStartOffset,
      bytes: 0,
      error: failure(error, 'Fetch', { topic, partition, offset }),
    });
  }

  #deliver(position: Position, chunk: FetchedChunk): void {
    position.isBuffered = true;
    this.#held.set(chunk, position);
    position.heldBytes += chunk.bytes;
    this.#bufferedBytes += chunk.bytes;
    this.#arrived.push(chunk);
  }

  #retryLater(delayMs = RETRY_MS): void {
    this.#cancelRetry();
    this.#cancelRetry = this.#connection.options.scheduler.after(delayMs, () => {
      if (this.#waiters.size > 0) this.#fetch();
    });
  }
}
