import type { MetricsRegistry } from '../../observe/metrics.ts';
import type { SuppressionBuffer } from '../../state/store.ts';
import type { StreamTask } from '../stream-task.ts';
import { MetricGroup } from './metric-group.ts';
import { STORE_OPERATIONS } from './store-metrics.ts';

/** Shows what is done to a task's stores: what its buffers hold always, operations and their latency with `debug`. */
export function showStoreMetrics(
  registry: MetricsRegistry,
  labels: Readonly<Record<string, string>>,
  { metrics, subTopology, state }: StreamTask,
): () => void {
  const groups = subTopology.stores.map(({ name, kind }) => {
    const group = new MetricGroup(registry, 'kafka_streams_stream_state_metrics', { ...labels, state_id: name });
    if (kind === 'suppression') {
      const read = (of: (buffer: SuppressionBuffer<unknown, unknown>) => number) => (): number => {
        const buffer = state.store<SuppressionBuffer<unknown, unknown>>(name);
        return buffer.open ? of(buffer) : 0;
      };
      group.gauge(
        'suppression_buffer_count_current',
        'Rows that wait in the buffer',
        read(({ size }) => size),
      );
      group.gauge(
        'suppression_buffer_size_current',
        'Bytes that wait in the buffer',
        read(({ bytes }) => bytes),
      );
    }
    const cache = new MetricGroup(registry, 'kafka_streams_stream_record_cache_metrics', {
      ...labels,
      record_cache_id: name,
    });
    if (kind !== 'suppression') {
      cache.counter('hits', 'Reads that the cache answered', () => state.cacheUse(name).hits);
      cache.counter('misses', 'Reads that went to the store', () => state.cacheUse(name).misses);
    }
    if (metrics.debug) {
      for (const operation of STORE_OPERATIONS) {
        const measured = metrics.store(name).operation(operation);
        group.counter(operation, `Calls of ${operation}`, () => measured.total);
        group.stat(`${operation}_latency`, `Length of a call of ${operation} in ns`, measured.latency);
      }
    }
    return { group, cache };
  });
  return () => groups.forEach(hide);
}

function hide({ group, cache }: { readonly group: MetricGroup; readonly cache: MetricGroup }): void {
  group.hide();
  cache.hide();
}
