/** What an async operator needs of the outside: tests pass one that they move by hand. */
export interface Timers {
  /** Runs `callback` after `delayMs`; the answer cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  /** In [0, 1), for jitter. */
  random(): number;
}

export const systemTimers: Timers = Object.freeze({
  after: (delayMs: number, callback: () => void) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
});
