import type { Headers } from '../../core/record.ts';
import type { RecordCursor } from '../../kafka/client.ts';
import type { ChangelogRecord } from '../../state/task-state.ts';

export interface ChangelogSliceOptions {
  readonly records: RecordCursor;
  /** Offsets in [from, to). */
  readonly from: number;
  readonly to: number;
  readonly maxRecords: number;
}

/**
 * The next records that a cursor brings, without an object for each: the slice itself is all of them in turn, so each is to
 * be used before the next is asked for. Records without a key are left out.
 */
export class ChangelogSlice implements IterableIterator<ChangelogRecord>, ChangelogRecord {
  readonly #options: ChangelogSliceOptions;
  readonly #one: { readonly done: false; readonly value: ChangelogRecord } = { done: false, value: this };
  key: Buffer = NO_KEY;
  /** How many there were. */
  count = 0;

  constructor(options: ChangelogSliceOptions) {
    this.#options = options;
  }

  get value(): Buffer | null {
    return this.#options.records.value();
  }

  get timestamp(): number {
    return this.#options.records.timestamp;
  }

  get headers(): Headers {
    return this.#options.records.headers();
  }

  /** Whether it ended because it had as many as it may have: more may follow. */
  get full(): boolean {
    return this.count === this.#options.maxRecords;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<ChangelogRecord, undefined> {
    const { records, from, to, maxRecords } = this.#options;
    while (this.count < maxRecords && records.next()) {
      if (records.offset >= to) break;
      const key = records.key();
      if (key === null || records.offset < from) continue;
      this.key = key;
      this.count++;
      return this.#one;
    }
    return { done: true, value: undefined };
  }
}

const NO_KEY = Buffer.alloc(0);
