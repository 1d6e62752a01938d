import { Counter, Gauge, type Registry } from 'prom-client';
import { JoinedRegistry, type MetricSnapshot } from './joined-registry.ts';

/** Where metrics are registered: one per process or per application, never prom-client's global one. */
export type MetricsRegistry = Registry;

export function createMetricsRegistry(): MetricsRegistry {
  return new JoinedRegistry();
}

/**
 * Shows what another thread measures in this registry too.
 *
 * @returns takes it away again; null for a registry that was not made by {@link createMetricsRegistry}
 */
export function joinMetrics(registry: MetricsRegistry, other: () => Promise<MetricSnapshot>): (() => void) | null {
  return registry instanceof JoinedRegistry ? registry.join(other) : null;
}

/**
 * A number that the hot path keeps in a plain field and that is read when somebody scrapes. Counting a record then costs
 * an addition, not a call into the metrics library.
 */
export interface SampledMetric {
  /** In the style of Kafka Streams: `kafka_streams_stream_task_metrics_process_total`. */
  readonly name: string;
  readonly help: string;
  /** The same label names for every metric of that name. */
  readonly labels: Readonly<Record<string, string>>;
  readonly read: () => number;
}

/**
 * Shows a number that only grows. Several may share a name with other labels, such as one per task; two with the same
 * labels are added up.
 *
 * @returns takes it away again, when the task is closed
 */
export function counterFrom(registry: MetricsRegistry, metric: SampledMetric): () => void {
  const there = registry.getSingleMetric(metric.name);
  const family = there instanceof SampledCounter ? there : new SampledCounter(registry, metric);
  return addTo(family.samples, metric);
}

/** Shows a number that goes up and down; otherwise as {@link counterFrom}. */
export function gaugeFrom(registry: MetricsRegistry, metric: SampledMetric): () => void {
  const there = registry.getSingleMetric(metric.name);
  const family = there instanceof SampledGauge ? there : new SampledGauge(registry, metric);
  return addTo(family.samples, metric);
}

function addTo(samples: Set<SampledMetric>, metric: SampledMetric): () => void {
  samples.add(metric);
  return () => void samples.delete(metric);
}

class SampledCounter extends Counter {
  readonly samples = new Set<SampledMetric>();

  constructor(registry: MetricsRegistry, { name, help, labels }: SampledMetric) {
    super({ name, help, labelNames: Object.keys(labels), registers: [registry], collect: () => this.#collect() });
  }

  #collect(): void {
    this.reset();
    for (const { labels, read } of this.samples) this.inc({ ...labels }, read());
  }
}

class SampledGauge extends Gauge {
  readonly samples = new Set<SampledMetric>();

  constructor(registry: MetricsRegistry, { name, help, labels }: SampledMetric) {
    super({ name, help, labelNames: Object.keys(labels), registers: [registry], collect: () => this.#collect() });
  }

  #collect(): void {
    this.reset();
    for (const { labels, read } of this.samples) this.inc({ ...labels }, read());
  }
}
