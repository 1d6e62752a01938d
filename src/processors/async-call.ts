import { StreamsError } from '../core/errors.ts';
import type { RecordContext } from '../core/record.ts';
import type { AsyncMapper } from './options.ts';
import type { Timers } from './timers.ts';
import { isTransient } from './transient.ts';

export interface AsyncCallOptions<K, V, R> {
  readonly fn: AsyncMapper<K, V, R>;
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly backoffMs: number;
  readonly timers: Timers;
  readonly closing: Closing;
}

/** Ends what is under way when the task closes. */
export class Closing {
  readonly #ends = new Set<() => void>();
  closed = false;

  /** Runs `end` on closing, unless the answer was called before. */
  onClose(end: () => void): () => void {
    this.#ends.add(end);
    return () => void this.#ends.delete(end);
  }

  close(): void {
    this.closed = true;
    for (const end of this.#ends) end();
    this.#ends.clear();
  }
}

/**
 * One input's call, with its further attempts: each attempt has its own time limit and abort signal; between two is a
 * pause that doubles, of which the second half is random. Rejects with the last attempt's error.
 */
export async function callWithAttempts<K, V, R>(
  options: AsyncCallOptions<K, V, R>,
  key: K,
  value: V,
  record: RecordContext,
): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await callOnce(options, key, value, record);
    } catch (error) {
      if (attempt >= options.attempts || !isTransient(error) || options.closing.closed) throw error;
      const pauseMs = options.backoffMs * 2 ** (attempt - 1);
      await pause(options, pauseMs / 2 + (pauseMs / 2) * options.timers.random());
    }
  }
}

function callOnce<K, V, R>(options: AsyncCallOptions<K, V, R>, key: K, value: V, record: RecordContext): Promise<R> {
  const controller = new AbortController();
  return new Promise<R>((resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(error);
      controller.abort(error);
    };
    const cancelTimer = options.timers.after(options.timeoutMs, () => {
      fail(new StreamsError('ASYNC_TIMEOUT', `the call took longer than ${options.timeoutMs} ms`));
    });
    const forget = options.closing.onClose(() => {
      fail(new StreamsError('STORE_CLOSED', 'the task closed during the call'));
    });
    const end = (): void => {
      cancelTimer();
      forget();
    };
    const { timestamp, headers, topic, partition, offset } = record;
    const call = async (): Promise<R> =>
      options.fn(value, key, { timestamp, headers, topic, partition, offset, signal: controller.signal });
    call().then(resolve, reject).finally(end);
  });
}

function pause(options: Pick<AsyncCallOptions<never, never, never>, 'timers' | 'closing'>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      forget();
      resolve();
    };
    const cancel = options.timers.after(ms, end);
    const forget = options.closing.onClose(end);
  });
}
