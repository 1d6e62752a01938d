import { setTimeout as sleep } from 'node:timers/promises';
import { StreamsError } from '../../core/errors.ts';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1000;

export interface RetryOptions {
  /** No new attempt begins after it. */
  readonly timeoutMs: number;
  /** Ends the retries: the client is closed. */
  readonly signal: AbortSignal;
}

/** Repeats a step while it throws retriable errors, with exponential back-off and jitter. @throws the last error */
export async function retrying<T>({ timeoutMs, signal }: RetryOptions, step: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      const pause = backoffMs(attempt);
      const again = error instanceof StreamsError && error.retriable && performance.now() + pause < deadline;
      if (!again || signal.aborted) throw error;
      await sleep(pause, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}

/** 20 ms, doubled with each attempt up to a second, give or take a fifth, so that many clients do not come back at once. */
export function backoffMs(attempt: number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10), LONGEST_PAUSE_MS);
  return pause * (0.8 + Math.random() * 0.4);
}
