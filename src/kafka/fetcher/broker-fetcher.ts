import { StreamsError, messageOf } from '../../core/errors.ts';
import { partitionName } from '../../core/record.ts';
import type { FetchedChunk, Fetcher, FetcherOptions, IsolationLevel } from '../client.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { kafkaFailure, topicMissing } from '../cluster/kafka-failure.ts';
import { backoffMs } from '../cluster/retrying.ts';
import { kafkaErrorOf } from '../wire/kafka-errors.ts';
import { BatchCursor, runEnd } from '../wire/record-batch-reader.ts';
import { fetch, type FetchAnswer, type FetchedFrom, type FetchedPartition } from '../wire/requests/fetch.ts';
import { Arrivals } from './arrivals.ts';
import { newReading, type PartitionReading } from './partition-reading.ts';

/** A partition may always ask for this much, however small its share of the budget is. */
const LEAST_SHARE_BYTES = 16 * 1024;
/** Stands for the node of a partition whose leader is not known. */
const LOST = -1;

/**
 * Reads partitions with one request per broker in flight. Each partition has an equal share of the byte budget and asks
 * for what is free of it, so the total stays under the budget and a partition whose chunks are held back (its task waits
 * for another partition) can never keep that other partition from being read.
 */
export class BrokerFetcher implements Fetcher {
  readonly #cluster: Cluster;
  readonly #lane: string;
  readonly #isolation: IsolationLevel;
  readonly #maxBufferedBytes: number;
  readonly #maxPartitionBytes: number;
  readonly #maxWaitMs: number;
  readonly #minBytes: number;
  /** In the order in which they are asked for; a partition that brought something goes to the end. */
  readonly #readings = new Map<string, PartitionReading>();
  readonly #holders = new WeakMap<FetchedChunk, PartitionReading>();
  readonly #arrivals = new Arrivals();
  readonly #busyNodes = new Set<number>();
  #refreshing = false;
  #bufferedBytes = 0;
  #closed = false;
  #scheduled = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(cluster: Cluster, options: FetcherOptions = {}) {
    this.#cluster = cluster;
    this.#lane = cluster.lane('fetch');
    this.#isolation = options.isolation ?? 'read_committed';
    this.#maxBufferedBytes = options.maxBufferedBytes ?? 64 * 1024 * 1024;
    this.#maxPartitionBytes = options.maxPartitionBytes ?? 1024 * 1024;
    this.#maxWaitMs = options.maxWaitMs ?? 500;
    this.#minBytes = options.minBytes ?? 1;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  add(topic: string, partition: number, offset: number): void {
    if (this.#closed) throw closedError();
    this.remove(topic, partition);
    this.#readings.set(partitionName(topic, partition), newReading(topic, partition, offset));
    this.#soon();
  }

  remove(topic: string, partition: number): void {
    this.#readings.delete(partitionName(topic, partition));
    for (const chunk of this.#arrivals.drop(topic, partition)) this.release(chunk);
  }

  poll(): FetchedChunk[] {
    return this.#arrivals.take();
  }

  arrival(timeoutMs: number): Promise<void> {
    return this.#closed ? Promise.reject(closedError()) : this.#arrivals.wait(timeoutMs);
  }

  wake(): void {
    this.#arrivals.wake();
  }

  release(chunk: FetchedChunk): void {
    const reading = this.#holders.get(chunk);
    if (reading === undefined) return;
    this.#holders.delete(chunk);
    reading.heldBytes -= chunk.bytes;
    this.#bufferedBytes -= chunk.bytes;
    this.#soon();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#readings.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#arrivals.take();
    this.#arrivals.wake();
    await this.#cluster.closeLane(this.#lane);
  }

  /** Looks for work at the end of this turn of the event loop: once, however many calls ask for it. */
  #soon(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#fetchAll();
    });
  }

  #wakeAfter(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#fetchAll();
    }, ms);
  }

  #fetchAll(): void {
    if (this.#closed) return;
    const share = Math.max(this.#maxBufferedBytes / Math.max(this.#readings.size, 1), LEAST_SHARE_BYTES);
    const now = performance.now();
    const byNode = new Map<number, PartitionReading[]>();
    let nextTry = Infinity;
    for (const reading of this.#readings.values()) {
      if (reading.inFlight || reading.heldBytes > share / 2) continue;
      if (reading.notBefore > now) {
        nextTry = Math.min(nextTry, reading.notBefore - now);
        continue;
      }
      const leader = this.#cluster.leader(reading.topic, reading.partition) ?? LOST;
      const group = byNode.get(leader);
      if (group === undefined) byNode.set(leader, [reading]);
      else group.push(reading);
    }
    for (const [node, readings] of byNode) {
      if (node === LOST) void this.#findLeaders(readings);
      else if (!this.#busyNodes.has(node)) void this.#fetchFrom(node, readings, share);
    }
    if (nextTry < Infinity) this.#wakeAfter(nextTry + 1);
  }

  async #fetchFrom(node: number, readings: readonly PartitionReading[], share: number): Promise<void> {
    this.#busyNodes.add(node);
    const asked = new Map<string, PartitionReading>();
    const partitions: FetchedFrom[] = [];
    let allBytes = 0;
    for (const reading of readings) {
      reading.inFlight = true;
      const maxBytes = Math.min(this.#maxPartitionBytes, Math.floor(share - reading.heldBytes));
      allBytes += maxBytes;
      asked.set(partitionName(reading.topic, reading.partition), reading);
      partitions.push({ topic: reading.topic, partition: reading.partition, offset: reading.position, maxBytes });
    }
    try {
      const answer = await this.#cluster.send(
        node,
        this.#lane,
        fetch({
          isolation: this.#isolation,
          maxWaitMs: this.#maxWaitMs,
          minBytes: this.#minBytes,
          maxBytes: Math.min(allBytes, 0x7fffffff),
          partitions,
        }),
      );
      this.#deliver(answer, asked);
    } catch (error) {
      if (!this.#closed) this.#cluster.logger.debug({ node, error: messageOf(error) }, 'fetch failed');
      for (const { topic } of readings) this.#cluster.leaderFailed(topic, error);
      for (const reading of readings) this.#pause(reading);
    } finally {
      for (const reading of readings) reading.inFlight = false;
      this.#busyNodes.delete(node);
      this.#soon();
    }
  }

  #deliver(answer: FetchAnswer, asked: ReadonlyMap<string, PartitionReading>): void {
    if (answer.errorCode !== 0) throw kafkaFailure(answer.errorCode, 'Fetch');
    for (const fetched of answer.partitions) {
      const name = partitionName(fetched.topic, fetched.partition);
      const reading = asked.get(name);
      // Removed, or moved to another offset, while the request was on its way: its answer means nothing now.
      if (reading === undefined || this.#readings.get(name) !== reading) continue;
      if (fetched.errorCode !== 0) this.#refused(fetched, reading);
      else if (fetched.records.length > 0) this.#accept(fetched, reading, name);
      else reading.missingSince = reading.failures = 0;
    }
  }

  #accept(fetched: FetchedPartition, reading: PartitionReading, name: string): void {
    const { topic, partition, records, aborted } = fetched;
    reading.failures = 0;
    reading.missingSince = 0;
    let nextOffset: number;
    try {
      nextOffset = runEnd(records).nextOffset;
    } catch (error) {
      this.#fail(fetched, reading, error instanceof StreamsError ? error.at({ topic, partition }) : (error as Error));
      return;
    }
    // Nothing but the beginning of a batch: it is larger than what was asked for and comes whole when it is first in the request.
    if (nextOffset <= reading.position) return;
    const cursor = new BatchCursor(records, {
      from: reading.position,
      ...(this.#isolation === 'read_committed' ? { aborted } : {}),
    });
    reading.position = nextOffset;
    this.#readings.delete(name);
    this.#readings.set(name, reading);
    this.#hand({ ...this.#place(fetched), records: cursor, nextOffset, bytes: records.length, error: null }, reading);
  }

  #refused(fetched: FetchedPartition, reading: PartitionReading): void {
    const { topic, partition, errorCode } = fetched;
    const { name, retriable } = kafkaErrorOf(errorCode);
    const failure = kafkaFailure(errorCode, 'Fetch', { topic, partition, offset: reading.position });
    this.#cluster.leaderFailed(topic, failure);
    if (name === 'CORRUPT_MESSAGE')
      this.#fail(fetched, reading, new StreamsError('CORRUPT_RECORD', failure.message, { topic, partition }));
    else if (retriable) this.#pause(reading);
    else this.#fail(fetched, reading, failure);
  }

  /** Stops reading the partition and says why. */
  #fail(fetched: FetchedPartition, reading: PartitionReading, error: Error): void {
    this.#readings.delete(partitionName(reading.topic, reading.partition));
    const records = new BatchCursor(Buffer.alloc(0));
    this.#hand({ ...this.#place(fetched), records, nextOffset: reading.position, bytes: 0, error }, reading);
  }

  #place(fetched: FetchedPartition) {
    const { topic, partition, logStartOffset, lastStableOffset, highWatermark } = fetched;
    const endOffset = this.#isolation === 'read_committed' ? lastStableOffset : highWatermark;
    return { topic, partition, logStartOffset, endOffset };
  }

  #hand(chunk: FetchedChunk, reading: PartitionReading): void {
    this.#holders.set(chunk, reading);
    reading.heldBytes += chunk.bytes;
    this.#bufferedBytes += chunk.bytes;
    this.#arrivals.push(chunk);
  }

  #pause(reading: PartitionReading): void {
    reading.notBefore = performance.now() + backoffMs(reading.failures++);
  }

  /** For partitions without a known leader; one look-up at a time. */
  async #findLeaders(readings: readonly PartitionReading[]): Promise<void> {
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      await this.#cluster.metadata([...new Set(readings.map(({ topic }) => topic))]);
    } catch (error) {
      if (!this.#closed) this.#cluster.logger.debug({ error: messageOf(error) }, 'no metadata for the fetcher');
      for (const reading of readings) this.#pause(reading);
    } finally {
      this.#refreshing = false;
    }
    for (const reading of readings) this.#checkMissing(reading);
    this.#soon();
  }

  #checkMissing(reading: PartitionReading): void {
    const { topic, partition } = reading;
    if (this.#readings.get(partitionName(topic, partition)) !== reading || reading.notBefore > performance.now())
      return;
    if (this.#cluster.leader(topic, partition) !== undefined) return;
    this.#pause(reading);
    if (!this.#cluster.isMissing(topic, partition)) return;
    if (reading.missingSince === 0) reading.missingSince = performance.now();
    else if (performance.now() - reading.missingSince > this.#cluster.missingTopicMs) {
      const nothing = { errorCode: 3, highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, aborted: [] };
      this.#fail({ topic, partition, records: Buffer.alloc(0), ...nothing }, reading, topicMissing(topic));
    }
  }
}

function closedError(): StreamsError {
  return new StreamsError('ILLEGAL_STATE', 'the fetcher is closed');
}
