/** Where the time comes from. Tests and the simulation pass a clock that they move by hand. */
export interface Clock {
  /** Wall clock time in ms since the epoch. May jump; use it for what people and records see. */
  now(): number;
  /** Monotone time in ms from an arbitrary origin. Use it for intervals and deadlines. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** A clock that moves only when told to. */
export class ManualClock implements Clock {
  #now: number;
  constructor(startMs = 0) {
    this.#now = startMs;
  }
  now(): number {
    return this.#now;
  }
  monotonic(): number {
    return this.#now;
  }
  advance(ms: number): void {
    this.#now += ms;
  }
}
