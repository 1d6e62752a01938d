import type { Clock } from '../core/clock.ts';

/** As Kafka's `metrics.sample.window.ms` and `metrics.num.samples`: 30 s, of which the current and the last one count. */
const WINDOW_MS = 30_000;

/** The time as of the last look at the clock, for what is measured on the hot path. */
export class RecordingTime {
  readonly #clock: Clock;
  now: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.now = clock.now();
  }

  refresh(): number {
    return (this.now = this.#clock.now());
  }
}

/**
 * Average, minimum and maximum over the last 30 to 60 seconds. Recording is arithmetic on plain fields; nothing is kept for
 * each value. NaN where nothing was recorded, as in Kafka.
 */
export class WindowStat {
  readonly #time: RecordingTime;
  #until = 0;
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;
  #before = { count: 0, sum: 0, min: Infinity, max: -Infinity };

  constructor(time: RecordingTime) {
    this.#time = time;
  }

  /** `times` values with that mean. */
  record(value: number, times = 1): void {
    if (this.#time.now >= this.#until) this.#turn();
    this.#count += times;
    this.#sum += value * times;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  get avg(): number {
    this.#look();
    return (this.#sum + this.#before.sum) / (this.#count + this.#before.count);
  }

  get min(): number {
    this.#look();
    return finite(Math.min(this.#min, this.#before.min));
  }

  get max(): number {
    this.#look();
    return finite(Math.max(this.#max, this.#before.max));
  }

  #look(): void {
    if (this.#time.refresh() >= this.#until) this.#turn();
  }

  #turn(): void {
    const { now } = this.#time;
    const old = now >= this.#until + WINDOW_MS;
    this.#before = old
      ? { count: 0, sum: 0, min: Infinity, max: -Infinity }
      : { count: this.#count, sum: this.#sum, min: this.#min, max: this.#max };
    this.#until = now + WINDOW_MS;
    this.#count = 0;
    this.#sum = 0;
    this.#min = Infinity;
    this.#max = -Infinity;
  }
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : NaN;
}
