/** Runs async steps one after the other, in the order they were asked for. A step that fails does not stop the next. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** When everything that was asked for is through. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
