import { startOrder } from './store-layout.ts';

/** Kafka Streams deletes windows and sessions by whole segments of time, at least this long. */
const MIN_SEGMENT_MS = 60_000;

export interface StoreTimeOptions {
  readonly retentionMs: number;
  /** Whether the store has a cache that keeps writes until a flush. */
  readonly writeBack: boolean;
  /** Whether entries past the retention are kept until their segment of time is over; else they go at once. */
  readonly segments: boolean;
}

/**
 * The clock of a store whose entries have times and expire: the latest time that the store was given, and what is too old
 * by it. With write-back there is a second clock, of what has come through the cache: Kafka Streams' cache looks at no
 * retention, but the store below it does.
 */
export class StoreTime {
  readonly #retentionMs: number;
  readonly #segmentMs: number | null;
  readonly #writeBack: boolean;
  #latest = -1;
  #flushed = -1;

  constructor({ retentionMs, writeBack, segments }: StoreTimeOptions) {
    this.#retentionMs = retentionMs;
    this.#segmentMs = segments ? Math.max(Math.floor(retentionMs / 2), MIN_SEGMENT_MS) : null;
    this.#writeBack = writeBack;
  }

  /** The latest time of an entry; -1: none yet. */
  get latest(): number {
    return this.#latest;
  }

  /** Takes the time of a write; answers whether the entry is kept at all. */
  takes(time: number): boolean {
    if (time > this.#latest) this.#latest = time;
    return time >= this.oldestKept;
  }

  /** Moves forward, never back, as a changelog is read. */
  advanceTo(time: number): void {
    if (time > this.#latest) this.#latest = time;
    if (time > this.#flushed) this.#flushed = time;
  }

  /** Sets the time, back too: what is not committed was forgotten. */
  resetTo(time: number): void {
    this.#latest = time;
    this.#flushed = time;
  }

  /** The earliest time that readers see where only the retention counts. */
  get oldestLive(): number {
    return this.#liveAt(this.#latest);
  }

  /**
   * The earliest time that operators find. With write-back all that is kept is found: Kafka Streams finds it for as long as
   * it is in the cache, and what is found here depends neither on the size of the cache nor on a restart.
   */
  get oldestFound(): number {
    return this.#writeBack ? this.oldestKept : this.oldestLive;
  }

  get oldestKept(): number {
    return this.keptAt(this.#latest);
  }

  /** Where the entries that are kept begin once the store was given that time. */
  keptAt(time: number): number {
    const segment = this.#segmentMs;
    if (segment === null) return this.#liveAt(time);
    return Math.floor(Math.max(0, time - this.#retentionMs) / segment) * segment;
  }

  /** The key on disk below which nothing is kept once the store was given that time; null: everything is. */
  expiredBelow(time: number): string | null {
    const oldest = this.keptAt(time);
    return oldest <= 0 ? null : startOrder(oldest);
  }

  /** Whether the store below the cache shows an entry of that time. */
  showsBelow(time: number): boolean {
    return time >= this.#liveAt(this.#flushed);
  }

  /** An entry has come through the cache. */
  flushed(time: number): void {
    if (time > this.#flushed) this.#flushed = time;
  }

  #liveAt(time: number): number {
    return Math.max(0, time - this.#retentionMs + 1);
  }
}
