import type { AbortedTransaction } from './protocol/records.ts';

interface FinishedAbort extends AbortedTransaction {
  readonly lastOffset: number;
}

/** The transactions of one partition: which are open, and which were aborted (Kafka's `.txnindex`). */
export class TransactionIndex {
  /** Producer id → offset of the first record of its open transaction, in the order of those offsets. */
  readonly #open = new Map<number, number>();
  /** In the order of `lastOffset`. */
  #aborted: FinishedAbort[] = [];

  opened(producerId: number, offset: number): void {
    if (!this.#open.has(producerId)) this.#open.set(producerId, offset);
  }

  isOpen(producerId: number): boolean {
    return this.#open.has(producerId);
  }

  /** The marker of the producer's open transaction is at `lastOffset`. */
  ended(producerId: number, lastOffset: number, committed: boolean): void {
    const firstOffset = this.#open.get(producerId);
    if (firstOffset === undefined) return;
    this.#open.delete(producerId);
    if (!committed) this.#aborted.push({ producerId, firstOffset, lastOffset });
  }

  /** The first offset that an open transaction holds back, or null. */
  firstOpenOffset(): number | null {
    // Insertion order is offset order, since a transaction enters with the record appended last.
    for (const offset of this.#open.values()) return offset;
    return null;
  }

  /** The aborted transactions with records in `[from, to)`. */
  abortedBetween(from: number, to: number): AbortedTransaction[] {
    let low = 0;
    let high = this.#aborted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#aborted[middle]?.lastOffset ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    const found: AbortedTransaction[] = [];
    for (let i = low; i < this.#aborted.length; i++) {
      const aborted = this.#aborted[i];
      if (aborted && aborted.firstOffset < to) {
        found.push({ producerId: aborted.producerId, firstOffset: aborted.firstOffset });
      }
    }
    return found;
  }

  /** Forgets the aborted transactions whose records are all below the log's start. */
  truncateBefore(offset: number): void {
    if ((this.#aborted[0]?.lastOffset ?? offset) < offset) {
      this.#aborted = this.#aborted.filter((aborted) => aborted.lastOffset >= offset);
    }
  }
}
