/**
 * A binary heap that does step by step what `java.util.PriorityQueue` does. Which of several equals comes first is left
 * to that by Kafka Streams, and so it matters here.
 */
export class JavaHeap<T> {
  readonly #rank: (element: T) => number;
  readonly #heap: T[] = [];

  /** The element of the lowest rank is first. */
  constructor(rank: (element: T) => number) {
    this.#rank = rank;
  }

  get first(): T | undefined {
    return this.#heap[0];
  }

  clear(): void {
    this.#heap.length = 0;
  }

  offer(element: T): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const up = (at - 1) >>> 1;
      const parent = heap[up];
      if (parent === undefined || this.#rank(element) >= this.#rank(parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = element;
  }

  poll(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      let least = heap[child];
      const right = heap[child + 1];
      if (least !== undefined && right !== undefined && this.#rank(least) > this.#rank(right)) {
        least = right;
        child++;
      }
      if (least === undefined || this.#rank(last) <= this.#rank(least)) break;
      heap[at] = least;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
