import { InvalidArgumentError } from 'commander';

import { StreamsError } from '../core/errors.ts';
import type { ResetPosition } from '../runtime/reset-plan.ts';

/** The flags of Kafka's reset tools that say where to go. */
export interface PositionFlags {
  readonly toEarliest?: boolean;
  readonly toLatest?: boolean;
  readonly toOffset?: number;
  readonly toDatetime?: number;
  readonly byDuration?: number;
  readonly shiftBy?: number;
}

/** @throws CONFIG_INVALID when more than one is given */
export function positionOf(flags: PositionFlags, now: number): ResetPosition {
  const given: ResetPosition[] = [];
  if (flags.toEarliest === true) given.push('earliest');
  if (flags.toLatest === true) given.push('latest');
  if (flags.toOffset !== undefined) given.push({ offset: flags.toOffset });
  if (flags.toDatetime !== undefined) given.push({ timeMs: flags.toDatetime });
  if (flags.byDuration !== undefined) given.push({ timeMs: now - flags.byDuration });
  if (flags.shiftBy !== undefined) given.push({ shiftBy: flags.shiftBy });
  if (given.length > 1) {
    throw new StreamsError(
      'CONFIG_INVALID',
      'give one of --to-earliest, --to-latest, --to-offset, --to-datetime, --by-duration and --shift-by',
    );
  }
  return given[0] ?? 'earliest';
}

/** ISO 8601; UTC where no zone is given, as in Kafka's tools. */
export function datetime(text: string): number {
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`;
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? Date.parse(zoned) : NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError('Expected a time such as 2026-01-31T18:00:00.000.');
  return time;
}

/** ISO 8601 durations of days and less: PnDTnHnMnS. */
export function duration(text: string): number {
  const found = /^P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (!found || text === 'P') throw new InvalidArgumentError('Expected a duration such as P1DT12H or PT30M.');
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
}

export function signedNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new InvalidArgumentError('Expected a whole number, such as -100.');
  return Number(text);
}
