/** Something to be done at a time, unless cancelled before. */
export interface Deadline {
  readonly atMs: number;
  cancel(): void;
}

interface Entry extends Deadline {
  run: (() => void) | null;
  readonly order: number;
}

/**
 * All that waits for a time in the broker: a binary heap, run by whoever owns the clock. Nothing here has a timer.
 * A cancelled entry stays in the heap, without what it held, until its time comes.
 */
export class Deadlines {
  readonly #heap: Entry[] = [];
  #order = 0;
  /** Called when the next deadline became an earlier one. */
  onEarlier: (() => void) | null = null;

  schedule(atMs: number, run: () => void): Deadline {
    const entry: Entry = {
      atMs,
      run,
      order: this.#order++,
      cancel() {
        entry.run = null;
      },
    };
    const first = this.next();
    this.#heap.push(entry);
    this.#up(this.#heap.length - 1);
    if (first === null || atMs < first) this.onEarlier?.();
    return entry;
  }

  /** The time of the next one that was not cancelled, or null. */
  next(): number | null {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (top.run) return top.atMs;
      this.#pop();
    }
    return null;
  }

  /** Runs everything that is due at `nowMs`, in the order of the times, then of scheduling. */
  run(nowMs: number): void {
    for (let at = this.next(); at !== null && at <= nowMs; at = this.next()) {
      const entry = this.#heap[0];
      this.#pop();
      const run = entry?.run;
      entry?.cancel();
      run?.();
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      let least = i;
      if (this.#before(left, least)) least = left;
      if (this.#before(left + 1, least)) least = left + 1;
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #up(start: number): void {
    for (let i = start; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!this.#before(i, parent)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #before(i: number, j: number): boolean {
    const a = this.#heap[i];
    const b = this.#heap[j];
    if (!a || !b) return false;
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }

  #swap(i: number, j: number): void {
    const a = this.#heap[i];
    const b = this.#heap[j];
    if (!a || !b) return;
    this.#heap[i] = b;
    this.#heap[j] = a;
  }
}
