import { StreamsError } from '../core/errors.ts';

/** Windows of fixed size, aligned to the epoch: [start, start + size). Made by {@link tumbling} and {@link hopping}. */
export interface TimeWindows {
  readonly kind: 'time';
  readonly sizeMs: number;
  /** Distance between the starts of two windows, in ms; equal to the size: no overlap. */
  readonly advanceMs: number;
  /** How long after its end, in stream time, a window still takes records, in ms. */
  readonly graceMs: number;
}

export interface TumblingOptions {
  readonly sizeMs: number;
  /** How long after its end, in stream time, a window still takes records (default 0 ms). */
  readonly graceMs?: number;
}

export interface HoppingOptions extends TumblingOptions {
  /** Distance between the starts of two windows, in ms; above 0, at most the size. */
  readonly advanceMs: number;
}

/** Windows of records no more than a time apart: [t - difference, t] for each record, both inclusive. Made by {@link sliding}. */
export interface SlidingWindows {
  readonly kind: 'sliding';
  readonly timeDifferenceMs: number;
  readonly graceMs: number;
}

/** Windows of activity: from the first to the last of records that follow each other within a gap. Made by {@link session}. */
export interface SessionWindows {
  readonly kind: 'session';
  readonly inactivityGapMs: number;
  readonly graceMs: number;
}

export interface SlidingOptions {
  /** How far apart records of one window may be, in ms; 0 or more. */
  readonly timeDifferenceMs: number;
  /** How long after its end, in stream time, a window still takes records (default 0 ms). */
  readonly graceMs?: number;
}

export interface SessionOptions {
  /** How long a session stays open without a record, in ms; 0 or more. */
  readonly inactivityGapMs: number;
  /** How long after a session has ended and its gap is over, in stream time, it still takes records (default 0 ms). */
  readonly graceMs?: number;
}

/** Windows that do not overlap. @throws TOPOLOGY_INVALID */
export function tumbling(options: TumblingOptions): TimeWindows {
  return hopping({ ...options, advanceMs: options.sizeMs });
}

/** Windows that overlap. @throws TOPOLOGY_INVALID */
export function hopping({ sizeMs, advanceMs, graceMs = 0 }: HoppingOptions): TimeWindows {
  if (!(Number.isSafeInteger(sizeMs) && sizeMs > 0))
    throw invalid(`sizeMs must be a whole number above 0, not ${sizeMs}`);
  if (!(Number.isSafeInteger(advanceMs) && advanceMs > 0 && advanceMs <= sizeMs))
    throw invalid(`advanceMs must be a whole number above 0 and at most sizeMs (${sizeMs}), not ${advanceMs}`);
  checkTime('graceMs', graceMs);
  return Object.freeze({ kind: 'time', sizeMs, advanceMs, graceMs });
}

/** A window around each record. @throws TOPOLOGY_INVALID */
export function sliding({ timeDifferenceMs, graceMs = 0 }: SlidingOptions): SlidingWindows {
  checkTime('timeDifferenceMs', timeDifferenceMs);
  checkTime('graceMs', graceMs);
  return Object.freeze({ kind: 'sliding', timeDifferenceMs, graceMs });
}

/** Windows that end when nothing comes for a while. @throws TOPOLOGY_INVALID */
export function session({ inactivityGapMs, graceMs = 0 }: SessionOptions): SessionWindows {
  checkTime('inactivityGapMs', inactivityGapMs);
  checkTime('graceMs', graceMs);
  return Object.freeze({ kind: 'session', inactivityGapMs, graceMs });
}

function checkTime(name: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 0))
    throw invalid(`${name} must be a whole number, 0 or more, not ${value}`);
}

function invalid(message: string): StreamsError {
  return new StreamsError('TOPOLOGY_INVALID', `Window: ${message}.`);
}
