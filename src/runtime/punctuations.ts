import type { Clock } from '../core/clock.ts';
import type { Cancellable, PunctuationType, Punctuator } from '../processors/processor.ts';

interface Schedule {
  readonly intervalMs: number;
  readonly callback: Punctuator;
  readonly guard: (run: () => void) => void;
  next: number;
  cancelled: boolean;
}

/**
 * The punctuators of one task, of both kinds. A stream-time schedule is aligned to 0 and fires for the first time with
 * the first record, a wall-clock one after an interval; a late one fires once, not once for each interval missed. All as
 * in Kafka Streams.
 */
export class Punctuations {
  readonly #clock: Clock;
  readonly #stream: Schedule[] = [];
  readonly #wall: Schedule[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  schedule(
    intervalMs: number,
    type: PunctuationType,
    callback: Punctuator,
    guard: (run: () => void) => void,
  ): Cancellable {
    const wall = type === 'WALL_CLOCK_TIME';
    const schedule: Schedule = {
      intervalMs,
      callback,
      guard,
      next: wall ? this.#clock.now() + intervalMs : 0,
      cancelled: false,
    };
    const list = wall ? this.#wall : this.#stream;
    list.push(schedule);
    return {
      cancel: () => {
        schedule.cancelled = true;
        const at = list.indexOf(schedule);
        if (at >= 0) list.splice(at, 1);
      },
    };
  }

  /** Whether any wall-clock punctuator is due. */
  get wallDue(): boolean {
    return this.nextWall() <= this.#clock.now();
  }

  /** When the next wall-clock punctuator is due, in ms since the epoch; Infinity when there is none. */
  nextWall(): number {
    let next = Infinity;
    for (const schedule of this.#wall) if (schedule.next < next) next = schedule.next;
    return next;
  }

  get hasStream(): boolean {
    return this.#stream.length > 0;
  }

  punctuateStream(streamTime: number): boolean {
    return this.#run(this.#stream, streamTime);
  }

  punctuateWall(): boolean {
    return this.#run(this.#wall, this.#clock.now());
  }

  #run(list: readonly Schedule[], now: number): boolean {
    let ran = false;
    for (const schedule of list.slice()) {
      if (schedule.cancelled || schedule.next > now) continue;
      ran = true;
      schedule.next += schedule.intervalMs;
      if (schedule.next <= now)
        schedule.next = now + schedule.intervalMs - ((now - schedule.next) % schedule.intervalMs);
      schedule.guard(() => schedule.callback(now));
    }
    return ran;
  }
}
