import { type RecordContext, withHeaders } from '../core/record.ts';
import { Failure, type RetryOptions } from './options.ts';
import type { Forward, Processor, ProcessorContext, ProcessorSupplier } from './processor.ts';
import { attemptsOf, bucketHeaders, deadLetterHeaders, withoutRetryHeaders } from './retry-headers.ts';
import { isTransient } from './transient.ts';

export { retryDueTime } from './retry-headers.ts';

export interface RetryRouterOptions<K, V, D = unknown> extends Pick<
  RetryOptions<K, V, D>,
  'delaysMs' | 'classify' | 'next' | 'toDeadLetter'
> {
  /** Names of this node's children. */
  readonly children: {
    /** One for each delay, in the same order: the sinks of the bucket topics. */
    readonly bucket: readonly string[];
    readonly deadLetter: string;
    /** Gets everything that is not a {@link Failure}. */
    readonly passed: string;
  };
}

/**
 * Sends a {@link Failure} to its next bucket or to the dead letter, and everything else on. A record of a bucket says in
 * its headers how often it failed, when it is due, and where it came from; its timestamp stays what it was.
 */
export function retryRouter<K, V, R, D = unknown>(
  options: RetryRouterOptions<K, V, D>,
): ProcessorSupplier<K, R | Failure<V>, K, R | V | D> {
  return () => new RetryRouter(options);
}

class RetryRouter<K, V, R, D> implements Processor<K, R | Failure<V>, K, R | V | D> {
  readonly #options: RetryRouterOptions<K, V, D>;
  #now: () => number = () => 0;
  #passed: Forward<K, R> | null = null;
  #buckets: readonly Forward<K, V>[] = [];
  #deadLetter: Forward<K, V | D> | null = null;

  constructor(options: RetryRouterOptions<K, V, D>) {
    this.#options = options;
  }

  init(context: ProcessorContext<K, R | V | D>): void {
    const { passed, bucket, deadLetter } = this.#options.children;
    this.#now = () => context.now();
    this.#passed = context.forwardTo(passed);
    this.#buckets = bucket.map((child) => context.forwardTo(child));
    this.#deadLetter = context.forwardTo(deadLetter);
  }

  process(key: K, value: R | Failure<V>, record: RecordContext): void {
    if (value instanceof Failure) {
      this.#fail(key, value);
      return;
    }
    const headers = withoutRetryHeaders(record.headers);
    this.#passed?.(key, value, headers === record.headers ? record : withHeaders(record, headers));
  }

  #fail(key: K, { error, value, record }: Failure<V>): void {
    const { classify, delaysMs, next, toDeadLetter } = this.#options;
    const nowMs = this.#now();
    const attempt = attemptsOf(record.headers) + 1;
    const transient = classify === undefined ? isTransient(error) : classify(error, value) === 'transient';
    const delayMs = delaysMs[attempt - 1];
    const bucket = this.#buckets[attempt - 1];
    const facts = { record, error, attempt, nowMs };
    if (transient && delayMs !== undefined && bucket !== undefined) {
      const again = next === undefined ? value : next(value, attempt, error);
      bucket(key, again, withHeaders(record, bucketHeaders(facts, nowMs + delayMs)));
      return;
    }
    const letter = toDeadLetter === undefined ? value : toDeadLetter(value, error, attempt, record);
    this.#deadLetter?.(key, letter, withHeaders(record, deadLetterHeaders(facts)));
  }
}
