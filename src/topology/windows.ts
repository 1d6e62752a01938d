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
  if (!(Number.isSafeInteger(graceMs) && graceMs >= 0))
    throw invalid(`graceMs must be a whole number, 0 or more, not ${graceMs}`);
  return Object.freeze({ kind: 'time', sizeMs, advanceMs, graceMs });
}

function invalid(message: string): StreamsError {
  return new StreamsError('TOPOLOGY_INVALID', `Window: ${message}.`);
}
