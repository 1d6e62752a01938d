import type { AnswerEntry } from './store-query.ts';

/** An answer is not much larger than this; one entry may be. */
const MAX_PAGE_BYTES = 1 << 20;

export interface Page {
  readonly entries: readonly AnswerEntry[];
  readonly after: Buffer | null;
}

export interface PageSource<T> {
  readonly items: Iterable<T>;
  readonly entry: (item: T) => AnswerEntry;
  /** From where to go on after an entry. */
  readonly after: (entry: AnswerEntry) => Buffer;
}

/** Reads up to `limit` entries, or about a MiB, and closes the iterator. */
export function readPage<T>({ items, entry, after }: PageSource<T>, limit: number): Page {
  const entries: AnswerEntry[] = [];
  let bytes = 0;
  for (const item of items) {
    const last = entries.at(-1);
    if (last !== undefined && (entries.length >= limit || bytes >= MAX_PAGE_BYTES)) {
      return { entries, after: after(last) };
    }
    const next = entry(item);
    bytes += next.key.length + next.value.length;
    entries.push(next);
  }
  return { entries, after: null };
}
