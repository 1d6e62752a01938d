interface FlushWaiter {
  readonly serial: number;
  resolve(): void;
  reject(error: Error): void;
}

/** Which batches are not done yet, who waits for them, and the first failure since somebody was told of one. */
export class Deliveries {
  /** In order of their serials, since batches are begun in that order. */
  readonly #open = new Map<number, number>();
  #waiters: FlushWaiter[] = [];
  #failure: Error | null = null;
  #serial = 0;

  begin(): number {
    this.#open.set(++this.#serial, 1);
    return this.#serial;
  }

  /** A batch became two under the same serial. */
  split(serial: number): void {
    this.#open.set(serial, (this.#open.get(serial) ?? 0) + 1);
  }

  done(serial: number, failure: Error | null): void {
    this.#failure ??= failure;
    const left = (this.#open.get(serial) ?? 0) - 1;
    if (left > 0) this.#open.set(serial, left);
    else this.#open.delete(serial);
    this.#settle();
  }

  /** When all that were begun before are done. @throws the first failure since the last call that was told of one */
  async all(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiters.push({ serial: this.#serial, resolve, reject });
      this.#settle();
    });
  }

  forgetFailure(): void {
    this.#failure = null;
  }

  #settle(): void {
    const oldest = this.#open.keys().next().value ?? Infinity;
    while (this.#waiters[0] !== undefined && this.#waiters[0].serial < oldest) {
      const waiter = this.#waiters.shift();
      const failure = this.#failure;
      this.#failure = null;
      if (failure === null) waiter?.resolve();
      else waiter?.reject(failure);
    }
  }
}
