import { describe, expect, it } from 'vitest';

import { createMetricsRegistry } from '../../src/observe/metrics.ts';
import { showProcess } from '../../src/observe/process-metrics.ts';

describe('showProcess', () => {
  it('shows memory, CPU time and the event loop, and nothing once it is taken away', async () => {
    const registry = createMetricsRegistry();
    const hide = showProcess(registry);
    const value = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value;
    expect(await value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(await value('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(await value('nodejs_heap_size_used_bytes')).toBeGreaterThan(1_000_000);
    const started = await value('process_start_time_seconds');
    expect(Math.abs(Date.now() / 1000 - process.uptime() - (started ?? 0))).toBeLessThan(5);
    expect(await value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
    hide();
    expect(await value('process_resident_memory_bytes')).toBe(0);
  });
});
