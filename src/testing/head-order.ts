import type { PartitionQueue } from '../runtime/partition-queue.ts';

/**
 * The partitions that have a record, by the time of their first one. Where times are equal it matters which of them is
 * taken, and Kafka Streams leaves that to the binary heap of `java.util.PriorityQueue`: so this is one, step by step.
 */
export class HeadOrder {
  readonly #heap: PartitionQueue[] = [];

  get first(): PartitionQueue | undefined {
    return this.#heap[0];
  }

  /** Adds the partitions among these that have a record which need not wait, and are not here yet. */
  offerReady(queues: readonly PartitionQueue[]): void {
    for (const queue of queues) {
      if (queue.ready && queue.notBefore === 0 && !this.#heap.includes(queue)) this.#offer(queue);
    }
  }

  clear(): void {
    this.#heap.length = 0;
  }

  /** Takes the first one out. */
  poll(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    const heap = this.#heap;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const right = heap[child + 1];
      if (right !== undefined && timeOf(heap[child]) > timeOf(right)) child++;
      if (timeOf(last) <= timeOf(heap[child])) break;
      heap[at] = heap[child] ?? last;
      at = child;
    }
    heap[at] = last;
  }

  #offer(queue: PartitionQueue): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (timeOf(queue) >= timeOf(heap[parent])) break;
      heap[at] = heap[parent] ?? queue;
      at = parent;
    }
    heap[at] = queue;
  }
}

function timeOf(queue: PartitionQueue | undefined): number {
  return queue?.record?.timestamp ?? Infinity;
}
