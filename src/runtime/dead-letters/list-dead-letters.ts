import type { DeadLetterFilter } from './dead-letter-filter.ts';
import type { DeadLetters } from './dead-letters.ts';

export interface DeadLetterSummary {
  readonly topic: string;
  readonly records: number;
  /** Of these, how many were sent again. */
  readonly replayed: number;
  /** When the first and the last of them failed, in ms since the epoch; null where there is none. */
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
  /** By the word of their reason, the most frequent first. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** Counts by topic and reason; a topic without dead letters is in the list too. */
export async function listDeadLetters(letters: DeadLetters, filter: DeadLetterFilter): Promise<DeadLetterSummary[]> {
  const found = new Map(
    letters.options.topics.map((topic) => [
      topic,
      { records: 0, replayed: 0, oldestMs: Infinity, newestMs: -Infinity, reasons: new Map<string, number>() },
    ]),
  );
  await letters.visit(filter, await letters.readMarks(), (letter, matching) => {
    const summary = found.get(letter.topic);
    if (!matching || !summary) return;
    summary.records++;
    if (letter.replayedAtMs !== null) summary.replayed++;
    summary.oldestMs = Math.min(summary.oldestMs, letter.failedAtMs);
    summary.newestMs = Math.max(summary.newestMs, letter.failedAtMs);
    summary.reasons.set(letter.reason, (summary.reasons.get(letter.reason) ?? 0) + 1);
  });
  return Array.from(found, ([topic, { oldestMs, newestMs, reasons, ...counts }]) => ({
    topic,
    ...counts,
    oldestMs: counts.records === 0 ? null : oldestMs,
    newestMs: counts.records === 0 ? null : newestMs,
    reasons: Object.fromEntries([...reasons].sort(([, a], [, b]) => b - a)),
  }));
}
