import { placeOf, type DeadLetter } from './dead-letter.ts';

/** Which dead letters are meant; what is not given does not matter. All that is given must hold. */
export interface DeadLetterFilter {
  /** By kind, any of several: `{ media: ['m-1', 'm-2'] }`. */
  readonly ids?: Readonly<Record<string, readonly string[]>>;
  /** The word of the reason, or a part of the error's text; capitals do not matter. */
  readonly reason?: string;
  /** Failed at or after, and before: ms since the epoch. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** `topic/partition/offset`, any of several. */
  readonly places?: readonly string[];
}

export function matches(letter: DeadLetter, filter: DeadLetterFilter): boolean {
  const { ids = {}, reason, sinceMs, untilMs, places } = filter;
  for (const [kind, wanted] of Object.entries(ids)) {
    const id = letter.ids[kind];
    if (id === undefined || !wanted.includes(id)) return false;
  }
  if (reason !== undefined) {
    const text = reason.toLowerCase();
    if (letter.reason.toLowerCase() !== text && !letter.error.toLowerCase().includes(text)) return false;
  }
  if (sinceMs !== undefined && letter.failedAtMs < sinceMs) return false;
  if (untilMs !== undefined && letter.failedAtMs >= untilMs) return false;
  return places === undefined || places.includes(placeOf(letter));
}
