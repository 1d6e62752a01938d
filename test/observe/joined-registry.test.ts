import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createMetricsRegistry, joinMetrics } from '../../src/observe/metrics.ts';

describe('a registry that others are joined to', () => {
  const measured = (registry: Registry, count: number): Registry => {
    new Counter({ name: 'calls', help: 'calls', labelNames: ['to'], registers: [registry] }).inc({ to: 'api' }, count);
    new Histogram({ name: 'ms', help: 'ms', buckets: [1, 10], registers: [registry] }).observe(count);
    return registry;
  };

  it('adds up what has the same name and labels, until the other is taken away', async () => {
    const [own, other] = [createMetricsRegistry(), createMetricsRegistry()];
    measured(own, 2);
    measured(other, 5);
    new Gauge({ name: 'only_there', help: 'a gauge', registers: [other] }).set(7);
    const leave = joinMetrics(own, () => other.getMetricsAsJSON());
    const text = await own.metrics();
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        'calls{to="api"} 7',
        'ms_bucket{le="1"} 0',
        'ms_bucket{le="10"} 2',
        'ms_sum 7',
        'ms_count 2',
        'only_there 7',
      ]),
    );
    leave?.();
    expect(await own.metrics()).toContain('calls{to="api"} 2');
  });

  it('says that a registry made elsewhere cannot be joined', () => {
    expect(joinMetrics(new Registry(), () => Promise.resolve([]))).toBeNull();
  });
});
