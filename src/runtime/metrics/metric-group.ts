import { counterFrom, gaugeFrom, type MetricsRegistry } from '../../observe/metrics.ts';
import type { WindowStat } from '../../observe/window-stat.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * Metrics of one MBean type of Kafka, under the names that Prometheus' JMX exporter gives them by default in lower case:
 * `kafka.streams:type=stream-task-metrics` with `process-total` is `kafka_streams_stream_task_metrics_process_total`.
 */
export class MetricGroup {
  readonly #registry: MetricsRegistry;
  readonly #prefix: string;
  readonly #labels: Labels;
  readonly #shown: (() => void)[] = [];

  /** @param type domain and type, such as `kafka_streams_stream_task_metrics` */
  constructor(registry: MetricsRegistry, type: string, labels: Labels) {
    this.#registry = registry;
    this.#prefix = type;
    this.#labels = labels;
  }

  /** A number that only grows: its name gets the ending `_total`. */
  counter(name: string, help: string, read: () => number, labels: Labels = {}): this {
    const metric = { name: `${this.#prefix}_${name}_total`, help, labels: { ...this.#labels, ...labels }, read };
    this.#shown.push(counterFrom(this.#registry, metric));
    return this;
  }

  gauge(name: string, help: string, read: () => number, labels: Labels = {}): this {
    const metric = { name: `${this.#prefix}_${name}`, help, labels: { ...this.#labels, ...labels }, read };
    this.#shown.push(gaugeFrom(this.#registry, metric));
    return this;
  }

  /** Average and maximum over the last 30 to 60 s, and with `min` the minimum. */
  stat(name: string, help: string, stat: WindowStat, { min = false } = {}, labels: Labels = {}): this {
    this.gauge(`${name}_avg`, `${help}: mean of the last 30 to 60 s`, () => stat.avg, labels);
    this.gauge(`${name}_max`, `${help}: maximum of the last 30 to 60 s`, () => stat.max, labels);
    return min ? this.gauge(`${name}_min`, `${help}: minimum of the last 30 to 60 s`, () => stat.min, labels) : this;
  }

  /** Takes them all away again. */
  hide(): void {
    for (const remove of this.#shown.splice(0)) remove();
  }
}
