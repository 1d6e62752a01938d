import { AggregatorRegistry, Registry, type MetricObjectWithValues, type MetricValue } from 'prom-client';

/** What a registry shows at one moment, in a form that crosses threads. */
export type MetricSnapshot = MetricObjectWithValues<MetricValue<string>>[];

/**
 * A registry that also shows what others measure, such as the worker threads of an application. Counters, gauges and
 * histograms of one name and the same labels are added up.
 */
export class JoinedRegistry extends Registry {
  readonly #others = new Set<() => Promise<MetricSnapshot>>();

  /** Asked at each scrape. @returns takes it away again */
  join(other: () => Promise<MetricSnapshot>): () => void {
    this.#others.add(other);
    return () => void this.#others.delete(other);
  }

  override async metrics(): Promise<string> {
    if (this.#others.size === 0) return super.metrics();
    const own = super.getMetricsAsJSON();
    const snapshots = await Promise.all([own, ...[...this.#others].map((other) => other())]);
    return AggregatorRegistry.aggregate(snapshots).metrics();
  }
}
