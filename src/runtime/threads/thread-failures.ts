import type { Clock } from '../../core/clock.ts';
import { messageOf, StreamsError } from '../../core/errors.ts';
import { partitionName } from '../../core/record.ts';
import type { Logger } from '../../observe/logger.ts';
import type { UncaughtExceptionAnswer, UncaughtExceptionHandler } from '../uncaught-exception.ts';

/** A record that ends so many threads one after the other will end the next one too: about two minutes of back-off. */
const MOST_REPEATS = 10;
/** A place that was quiet for this long went well meanwhile: above the longest back-off and a request's retries. */
const FORGET_AFTER_MS = 150_000;

export interface ThreadFailuresOptions {
  readonly handler: UncaughtExceptionHandler;
  readonly taskTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A failure that came again: threads that were replaced failed at the same place. */
export interface RepeatedFailure {
  /** `topic-partition@offset`, or the task. */
  readonly place: string;
  readonly times: number;
}

export interface Judgement {
  readonly answer: UncaughtExceptionAnswer;
  /** What to say about it: the error that came in, or that it came too often. */
  readonly error: Error;
}

interface Failing {
  readonly since: number;
  last: number;
  times: number;
}

/**
 * Judges the errors that end stream threads. A place that fails again and again, however its threads are replaced, ends the
 * instance: a record after {@link MOST_REPEATS} times, a passing failure of a task after its time-out.
 */
export class ThreadFailures {
  readonly #options: ThreadFailuresOptions;
  readonly #places = new Map<string, Failing>();

  constructor(options: ThreadFailuresOptions) {
    this.#options = options;
  }

  /** The place that failed most often, if any did more than once and not long ago. */
  get repeated(): RepeatedFailure | null {
    this.#forget();
    let worst: RepeatedFailure | null = null;
    for (const [place, { times }] of this.#places) {
      if (times > Math.max(1, worst?.times ?? 0)) worst = { place, times };
    }
    return worst;
  }

  judge(thrown: unknown): Judgement {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const failing = this.#count(error);
    const answer = this.#ask(error);
    const tooOften = answer === 'replaceThread' && failing !== null ? this.#tooOften(error, failing) : null;
    return tooOften ? { answer: 'shutdownClient', error: tooOften } : { answer, error };
  }

  #ask(error: Error): UncaughtExceptionAnswer {
    // Another instance has decided already.
    if (error instanceof StreamsError && error.code === 'SHUTDOWN_REQUESTED') return 'shutdownClient';
    try {
      return this.#options.handler(error);
    } catch (failure) {
      this.#options.logger.error({ err: messageOf(failure) }, 'the uncaughtExceptionHandler threw');
      return 'shutdownClient';
    }
  }

  #count(error: Error): Failing | null {
    const place = placeOf(error);
    if (place === null) return null;
    this.#forget();
    const now = this.#options.clock.monotonic();
    const failing = this.#places.get(place) ?? { since: now, last: now, times: 0 };
    this.#places.set(place, failing);
    failing.last = now;
    failing.times++;
    return failing;
  }

  #forget(): void {
    const now = this.#options.clock.monotonic();
    for (const [place, { last }] of this.#places) if (now - last > FORGET_AFTER_MS) this.#places.delete(place);
  }

  #tooOften(error: Error, { since, last, times }: Failing): StreamsError | null {
    if (!(error instanceof StreamsError)) return null;
    const where = { ...error.coordinates, cause: error };
    if (error.retriable) {
      const { taskTimeoutMs } = this.#options;
      if (times === 1 || last - since < taskTimeoutMs) return null;
      return new StreamsError('TASK_TIMEOUT', `for ${taskTimeoutMs} ms (taskTimeoutMs): ${error.message}`, where);
    }
    if (times < MOST_REPEATS) return null;
    return new StreamsError(error.code, `${times} threads ended at ${placeOf(error)}: ${error.message}`, where);
  }
}

function placeOf(error: Error): string | null {
  if (!(error instanceof StreamsError)) return null;
  const { topic, partition, offset, task } = error.coordinates;
  if (topic !== undefined && partition !== undefined && offset !== undefined && offset >= 0) {
    return `${partitionName(topic, partition)}@${offset}`;
  }
  return task ?? null;
}
