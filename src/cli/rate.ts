/** Records per second over the last few seconds, from a total that is looked at now and then. */
export class Rate {
  readonly #windowMs: number;
  readonly #points: { readonly at: number; readonly total: number }[] = [];

  constructor(windowMs = 5_000) {
    this.#windowMs = windowMs;
  }

  /** Takes the total at a time (ms, monotone) and answers the rate up to it. */
  at(nowMs: number, total: number): number {
    // A task that moved here or away starts the count anew.
    if (total < (this.#points.at(-1)?.total ?? 0)) this.#points.length = 0;
    this.#points.push({ at: nowMs, total });
    while (this.#points.length > 2 && (this.#points[1]?.at ?? nowMs) <= nowMs - this.#windowMs) this.#points.shift();
    const first = this.#points[0];
    if (!first || nowMs <= first.at) return 0;
    return ((total - first.total) * 1000) / (nowMs - first.at);
  }
}
