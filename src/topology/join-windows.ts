import { StreamsError } from '../core/errors.ts';

/** Which records of two streams meet: those of one key whose times are close enough. Made by {@link joinWindow}. */
export interface JoinWindows {
  readonly kind: 'join';
  /** How much older the other side's record may be, in ms. */
  readonly beforeMs: number;
  /** How much younger the other side's record may be, in ms. */
  readonly afterMs: number;
  /** How long, in stream time, a late record still finds its partners, in ms. */
  readonly graceMs: number;
}

export interface JoinWindowOptions {
  /** How much older than this side's record the other side's may be, in ms. */
  readonly beforeMs: number;
  /** How much younger, in ms (default `beforeMs`). Below 0: the other side's record must be older by at least that. */
  readonly afterMs?: number;
  /** How long after the window, in stream time, records still join (default 0 ms). */
  readonly graceMs?: number;
}

/**
 * The window of a stream-stream join. Both ends are inclusive.
 *
 * @throws TOPOLOGY_INVALID
 */
export function joinWindow({ beforeMs, afterMs = beforeMs, graceMs = 0 }: JoinWindowOptions): JoinWindows {
  if (!Number.isSafeInteger(beforeMs)) throw invalid(`beforeMs must be a whole number, not ${beforeMs}`);
  if (!Number.isSafeInteger(afterMs)) throw invalid(`afterMs must be a whole number, not ${afterMs}`);
  if (beforeMs + afterMs < 0) {
    throw invalid(`it ends before it begins: beforeMs + afterMs must be 0 or more, not ${beforeMs} + ${afterMs}`);
  }
  if (!(Number.isSafeInteger(graceMs) && graceMs >= 0)) {
    throw invalid(`graceMs must be a whole number, 0 or more, not ${graceMs}`);
  }
  return Object.freeze({ kind: 'join', beforeMs, afterMs, graceMs });
}

function invalid(message: string): StreamsError {
  return new StreamsError('TOPOLOGY_INVALID', `Join window: ${message}.`);
}
