import { setTimeout as sleepFor } from 'node:timers/promises';

export interface RetryPolicy {
  /** Tries in all (default 3). */
  readonly attempts?: number;
  /** Pause before the second try, in ms; doubled for each further one (default 200). */
  readonly baseMs?: number;
  /** No computed pause is longer, in ms (default 10,000). */
  readonly maxMs?: number;
  /** A `Retry-After` above this is not waited for: the error is thrown, for a slower kind of retry (default 30,000 ms). */
  readonly maxRetryAfterMs?: number;
  readonly signal?: AbortSignal;
  /** Whether to try again (default: the error says `retriable: true`). */
  readonly retriable?: (error: unknown) => boolean;
  /** From 0 to 1 (default Math.random). For tests. */
  readonly random?: () => number;
  /** For tests. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * Calls `step` until it succeeds, with exponential pauses and full jitter between half and all of each (so that many
 * callers do not come back together). The server's `Retry-After` wins over the computed pause.
 *
 * @throws the last error of `step`; the signal's reason when it is aborted during a pause
 */
export async function retry<T>(step: (attempt: number) => Promise<T>, policy: RetryPolicy = {}): Promise<T> {
  const attempts = policy.attempts ?? 3;
  const sleep = policy.sleep ?? abortableSleep;
  const retriable = policy.retriable ?? saysRetriable;
  for (let attempt = 1; ; attempt++) {
    policy.signal?.throwIfAborted();
    try {
      return await step(attempt);
    } catch (error) {
      if (attempt >= attempts || policy.signal?.aborted === true || !retriable(error)) throw error;
      const pause = retryAfterOf(error) ?? backoffMs(attempt, policy);
      if (pause > (policy.maxRetryAfterMs ?? 30_000)) throw error;
      await sleep(pause, policy.signal);
    }
  }
}

/** The pause after the `attempt`th failed try, in ms. */
export function backoffMs(attempt: number, policy: Pick<RetryPolicy, 'baseMs' | 'maxMs' | 'random'> = {}): number {
  const ceiling = Math.min((policy.baseMs ?? 200) * 2 ** (attempt - 1), policy.maxMs ?? 10_000);
  return ceiling * (0.5 + 0.5 * (policy.random ?? Math.random)());
}

/**
 * `Retry-After` in ms from now: a number of seconds, or an HTTP date (RFC 9110, 10.2.3). Undefined when it is neither;
 * 0 for a date in the past.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!/[A-Za-z]{3}/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

function retryAfterOf(error: unknown): number | undefined {
  return error instanceof Error && 'retryAfterMs' in error && typeof error.retryAfterMs === 'number'
    ? error.retryAfterMs
    : undefined;
}

function saysRetriable(error: unknown): boolean {
  return error instanceof Error && 'retriable' in error && error.retriable === true;
}

async function abortableSleep(ms: number, signal?: AbortSignal): Promise<void> {
  await sleepFor(ms, undefined, signal === undefined ? undefined : { signal });
}
