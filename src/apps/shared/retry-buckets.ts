/** The delays of a retry branch, its bucket topics (`claimx.enrichment.pending.retry.5m`, `….retry.300s`) and its pause. */
export interface RetryBuckets {
  readonly delaysMs: readonly number[];
  readonly topics: readonly string[];
  /** See `RetryOptions`; absent where retries never wait for new records. */
  readonly pauseAboveLag?: number;
}

export interface RetrySettings {
  readonly delayScale: number;
  readonly pauseAboveLag: number;
}

const UNITS = { m: 60_000, s: 1000 } as const;

/** Topics are named by the delays as configured, in the unit given; the scale changes how long they really are. */
export function retryBuckets(
  topic: string,
  delaysMs: readonly number[],
  unit: keyof typeof UNITS,
  { delayScale, pauseAboveLag }: RetrySettings,
): RetryBuckets {
  return {
    delaysMs: delaysMs.map((ms) => Math.max(1, Math.round(ms * delayScale))),
    topics: delaysMs.map((ms) => `${topic}.retry.${ms / UNITS[unit]}${unit}`),
    ...(pauseAboveLag === 0 ? {} : { pauseAboveLag }),
  };
}
