import { Histogram } from 'prom-client';
import type { MetricsRegistry } from './metrics.ts';

export interface HistogramOptions {
  readonly name: string;
  readonly help: string;
  /** The same label names for every histogram of that name. */
  readonly labels: Readonly<Record<string, string>>;
  /** Upper bounds, growing. */
  readonly buckets: readonly number[];
}

/** For times in seconds, from a millisecond to five minutes. */
export const SECONDS = Object.freeze([0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]);

/**
 * A distribution, for things that happen less often than records pass: calls, files, batches. Several may share a name
 * with other labels; the first one decides on the buckets.
 *
 * @returns takes one value
 */
export function histogramIn(
  registry: MetricsRegistry,
  { name, help, labels, buckets }: HistogramOptions,
): (value: number) => void {
  const there = registry.getSingleMetric(name);
  const family =
    there instanceof Histogram
      ? there
      : new Histogram({ name, help, labelNames: Object.keys(labels), buckets: [...buckets], registers: [registry] });
  const own = family.labels({ ...labels });
  return (value) => own.observe(value);
}
