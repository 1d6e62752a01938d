import type { AsyncWork } from '../processors/processor.ts';

/** The asynchronous work of one task: what runs, what ended and waits for the loop, and who is full. */
export class AsyncSlots {
  readonly #wake: () => void;
  #ready: (() => void)[] = [];
  #running = 0;
  #holds = 0;
  #closed = false;
  readonly #afterFlush: (() => void)[] = [];

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** True while an operator is full: the task takes no input. */
  get held(): boolean {
    return this.#holds > 0;
  }

  /** Calls that run, and results that were not handled yet. */
  get unfinished(): number {
    return this.#running + this.#ready.length;
  }

  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Handles what ended since the last call; answers whether there was anything. */
  runReady(): boolean {
    if (this.#ready.length === 0) return false;
    const ready = this.#ready;
    this.#ready = [];
    for (const complete of ready) complete();
    return true;
  }

  /** Runs what operators do once their output is acknowledged; answers whether there was anything. */
  runAfterFlush(): boolean {
    for (const callback of this.#afterFlush) callback();
    return this.#afterFlush.length > 0;
  }

  close(): void {
    this.#closed = true;
    this.#ready = [];
  }

  /**
   * One operator's view; `guard` takes what its completions throw to the processing handler. `traced` runs its calls in
   * spans of their own.
   */
  forNode(guard: (run: () => void) => void, traced: AsyncWork['traced'] | null = null): AsyncWork {
    let full = false;
    return {
      ...(traced ? { traced } : {}),
      started: () => {
        this.#running++;
      },
      finished: (complete) => {
        if (this.#closed) return;
        this.#running--;
        this.#ready.push(() => guard(complete));
        this.#wake();
      },
      hold: (now) => {
        if (now === full) return;
        full = now;
        this.#holds += now ? 1 : -1;
        if (!now) this.#wake();
      },
      afterFlush: (callback) => {
        this.#afterFlush.push(callback);
      },
    };
  }
}
