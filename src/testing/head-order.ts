import { JavaHeap } from '../runtime/java-heap.ts';
import type { PartitionQueue } from '../runtime/partition-queue.ts';

/** The partitions that have a record, by the time of their first one, in the order in which Kafka Streams takes them. */
export class HeadOrder {
  readonly #heap = new JavaHeap<PartitionQueue>(({ record }) => record?.timestamp ?? Infinity);

  get first(): PartitionQueue | undefined {
    return this.#heap.first;
  }

  /** Adds the partitions among these that have a record which need not wait, and are not here yet. */
  offerReady(queues: readonly PartitionQueue[]): void {
    for (const queue of queues) {
      if (queue.ready && queue.notBefore === 0 && !this.#heap.elements.includes(queue)) this.#heap.offer(queue);
    }
  }

  /** Takes the first one out. */
  poll(): void {
    this.#heap.poll();
  }

  clear(): void {
    this.#heap.clear();
  }
}
