const UNIT_MS: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

/** A duration of a table's configuration in ms, such as `interval 7 days`; the default where it is missing or cannot be read. */
export function intervalMs(text: string | undefined, defaultMs: number): number {
  const parts = Array.from((text ?? '').matchAll(/(\d+)\s+([a-z]+?)s?\b/gi));
  if (parts.length === 0) return defaultMs;
  let total = 0;
  for (const [, count, unit] of parts) {
    const factor = UNIT_MS[String(unit).toLowerCase()];
    if (factor === undefined) return defaultMs;
    total += Number(count) * factor;
  }
  return total;
}

/** How long removed files stay for readers of older versions (`delta.deletedFileRetentionDuration`, default 7 days). */
export function retentionMs(configuration: Readonly<Record<string, string>>): number {
  return intervalMs(configuration['delta.deletedFileRetentionDuration'], 604_800_000);
}

/** How long commits stay in the log (`delta.logRetentionDuration`, default 30 days). */
export function logRetentionMs(configuration: Readonly<Record<string, string>>): number {
  return intervalMs(configuration['delta.logRetentionDuration'], 30 * 86_400_000);
}
