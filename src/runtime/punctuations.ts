import type { Clock } from '../core/clock.ts';
import type { Cancellable, PunctuationType, Punctuator } from '../processors/processor.ts';
import { JavaHeap } from './java-heap.ts';

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
  readonly #stream = new JavaHeap<Schedule>(({ next }) => next);
  readonly #wall = new JavaHeap<Schedule>(({ next }) => next);

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
    (wall ? this.#wall : this.#stream).offer(schedule);
    return {
      cancel: () => {
        schedule.cancelled = true;
      },
    };
  }

  /** Whether any wall-clock punctuator is due. */
  get wallDue(): boolean {
    return this.nextWall() <= this.#clock.now();
  }

  /** When the next wall-clock punctuator is due, in ms since the epoch; Infinity when there is none. */
  nextWall(): number {
    forgetCancelled(this.#wall);
    return this.#wall.first?.next ?? Infinity;
  }

  get hasStream(): boolean {
    forgetCancelled(this.#stream);
    return this.#stream.first !== undefined;
  }

  /** Whether any stream-time punctuator is due. */
  streamDue(streamTime: number): boolean {
    return this.hasStream && (this.#stream.first?.next ?? Infinity) <= streamTime;
  }

  punctuateStream(streamTime: number): boolean {
    return this.#run(this.#stream, streamTime);
  }

  punctuateWall(): boolean {
    return this.#run(this.#wall, this.#clock.now());
  }

  /** Those due longest come first; each at most once, since the next time is after this one. */
  #run(heap: JavaHeap<Schedule>, now: number): boolean {
    let ran = false;
    for (let first = heap.first; first !== undefined && first.next <= now; first = heap.first) {
      const schedule = first;
      heap.poll();
      if (schedule.cancelled) continue;
      ran = true;
      schedule.guard(() => schedule.callback(now));
      schedule.next += schedule.intervalMs;
      if (schedule.next <= now)
        schedule.next = now + schedule.intervalMs - ((now - schedule.next) % schedule.intervalMs);
      if (!schedule.cancelled) heap.offer(schedule);
    }
    return ran;
  }
}

/** A cancelled schedule goes when it would be next. */
function forgetCancelled(heap: JavaHeap<Schedule>): void {
  while (heap.first?.cancelled === true) heap.poll();
}
