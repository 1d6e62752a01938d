import { Registry } from 'prom-client';

/** Where metrics are registered: one per process or per application, never prom-client's global one. */
export type MetricsRegistry = Registry;

export function createMetricsRegistry(): MetricsRegistry {
  return new Registry();
}
