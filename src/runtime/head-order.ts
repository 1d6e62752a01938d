import { JavaHeap } from './java-heap.ts';
import type { PartitionQueue } from './partition-queue.ts';

/**
 * Which of several partitions is next: the one whose first record is oldest, and of records that are as old the one that
 * Kafka Streams takes. There the partitions that have a record stand in a `PriorityQueue`; the one that is next leaves
 * it, and comes back with its next record. Partitions whose first record has to wait (retry buckets) are not in it.
 */
export class HeadOrder {
  readonly #queues: readonly PartitionQueue[];
  /** Of indexes into the partitions. */
  readonly #heap: JavaHeap<number>;
  readonly #inside: Uint8Array;

  constructor(queues: readonly PartitionQueue[]) {
    this.#queues = queues;
    this.#heap = new JavaHeap((index) => queues[index]?.record?.timestamp ?? Infinity);
    this.#inside = new Uint8Array(queues.length);
  }

  get first(): PartitionQueue | undefined {
    const index = this.#heap.first;
    return index === undefined ? undefined : this.#queues[index];
  }

  /** Adds the partitions that have a record and are not here yet. */
  offerReady(): void {
    for (let index = 0; index < this.#queues.length; index++) this.offer(index);
  }

  /** Adds one, if it has a record which need not wait. */
  offer(index: number): void {
    const queue = this.#queues[index];
    if (this.#inside[index] === 1 || queue === undefined || !queue.ready || queue.notBefore !== 0) return;
    this.#inside[index] = 1;
    this.#heap.offer(index);
  }

  /** The first one, given the time of the oldest record; where a log was cut the order is made anew. */
  firstAt(timestamp: number): PartitionQueue | undefined {
    const { first } = this;
    if (first?.ready === true && first.record?.timestamp === timestamp) return first;
    this.clear();
    this.offerReady();
    return this.first;
  }

  /** That partition's record is processed now. */
  take(queue: PartitionQueue): void {
    const index = this.#heap.first;
    if (index !== undefined && this.#queues[index] === queue) {
      this.#heap.poll();
      this.#inside[index] = 0;
    } else if (queue.notBefore === 0) {
      this.clear();
    }
  }

  clear(): void {
    this.#heap.clear();
    this.#inside.fill(0);
  }
}
