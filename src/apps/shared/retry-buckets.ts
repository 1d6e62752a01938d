/** The delays of a retry branch and its bucket topics: `claimx.enrichment.pending.retry.5m`, `….retry.300s`. */
export interface RetryBuckets {
  readonly delaysMs: readonly number[];
  readonly topics: readonly string[];
}

const UNITS = { m: 60_000, s: 1000 } as const;

/** Topics are named by the delays as configured, in the unit given; `scale` changes how long they really are. */
export function retryBuckets(
  topic: string,
  delaysMs: readonly number[],
  { scale, unit }: { readonly scale: number; readonly unit: keyof typeof UNITS },
): RetryBuckets {
  return {
    delaysMs: delaysMs.map((ms) => Math.max(1, Math.round(ms * scale))),
    topics: delaysMs.map((ms) => `${topic}.retry.${ms / UNITS[unit]}${unit}`),
  };
}
