import { monitorEventLoopDelay } from 'node:perf_hooks';

import { counterFrom, gaugeFrom, type MetricsRegistry } from './metrics.ts';

/**
 * Shows the memory, the CPU time and the event loop of this process, under the names that other Node programs have.
 *
 * @returns takes them away again
 */
export function showProcess(registry: MetricsRegistry): () => void {
  const delay = monitorEventLoopDelay();
  delay.enable();
  const gauge = (name: string, help: string, read: () => number) =>
    gaugeFrom(registry, { name, help, labels: {}, read });
  const shown = [
    counterFrom(registry, {
      name: 'process_cpu_seconds_total',
      help: 'CPU time of this process, in the system and outside of it',
      labels: {},
      read: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      },
    }),
    gauge('process_start_time_seconds', 'When this process started, since the epoch', () => {
      return Date.now() / 1000 - process.uptime();
    }),
    gauge('process_resident_memory_bytes', 'Memory of this process, all threads', () => process.memoryUsage.rss()),
    gauge('nodejs_heap_size_used_bytes', 'Objects of the main thread', () => process.memoryUsage().heapUsed),
    gauge('nodejs_external_memory_bytes', 'Buffers of the main thread', () => process.memoryUsage().external),
    gauge('nodejs_eventloop_lag_p99_seconds', 'How late timers of the main thread were, since the last scrape', () => {
      const seconds = delay.percentile(99) / 1e9;
      delay.reset();
      return seconds;
    }),
  ];
  return () => {
    delay.disable();
    for (const hide of shown) hide();
  };
}
