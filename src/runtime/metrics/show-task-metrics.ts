import type { MetricsRegistry } from '../../observe/metrics.ts';
import type { StreamTask } from '../stream-task.ts';
import { MetricGroup } from './metric-group.ts';
import { showMessageMetrics } from './show-message-metrics.ts';
import { showNodeMetrics } from './show-node-metrics.ts';
import { showStoreSizes } from './show-store-sizes.ts';
import { showStoreMetrics } from './show-store-metrics.ts';

/** Shows what a task counts while it runs here; answers what takes it away again. */
export function showTaskMetrics(registry: MetricsRegistry, applicationId: string, task: StreamTask): () => void {
  const labels = { application_id: applicationId, task_id: task.id };
  const { metrics, queues } = task;
  const group = new MetricGroup(registry, 'kafka_streams_stream_task_metrics', labels)
    .counter('process', 'Records processed', () => metrics.processed)
    .counter('dropped_records', 'Records dropped, for whatever reason', () => sum(metrics.drops.values()))
    .counter('commit', 'Commits', () => metrics.commits)
    .counter('enforced_processing', 'Records processed while another partition was empty', () => metrics.enforced)
    .counter('restore', 'Changelog records read into stores', () => metrics.restored)
    .gauge('restore_remaining_records_total', 'Changelog offsets to read before it runs', () =>
      metrics.restoreRemaining(),
    )
    .gauge('active_buffer_count', 'Offsets fetched and not processed', () => total(queues, (it) => it.bufferedRecords))
    .gauge('active_buffer_bytes', 'Bytes fetched and not processed', () => total(queues, (it) => it.bufferedBytes))
    .gauge('async_in_flight', 'Calls of async operators that run, and open batches', () => task.asyncUnfinished)
    .gauge('uncommitted_bytes', 'Bytes written to stores since the last commit', () => task.state.uncommittedBytes)
    .gauge('delayed_records', 'Records of retry buckets that wait', () => task.delayed.waiting)
    .gauge('retries_paused', '1 while retry buckets wait because the input is too far behind, else 0', () =>
      task.delayed.paused ? 1 : 0,
    )
    .counter('sent_records', 'Records written to topics by sink nodes', () => task.collector.sent);
  if (metrics.debug) group.stat('record_lateness', 'How far a record is behind stream time, in ms', metrics.lateness);
  const lag = new MetricGroup(registry, 'kafka_consumer_consumer_fetch_manager_metrics', {
    application_id: applicationId,
  });
  for (const queue of queues) {
    const partition = { topic: queue.topic, partition: String(queue.partition) };
    lag.gauge('records_lag', 'Records on the broker that were not processed', () => queue.lag, partition);
  }
  const hideMessages = showMessageMetrics(registry, applicationId, task);
  const hideNodes = showNodeMetrics(registry, labels, task);
  const hideSizes = showStoreSizes(registry, labels, task);
  const hideStores = showStoreMetrics(registry, labels, task);
  return () => {
    group.hide();
    lag.hide();
    hideMessages();
    hideNodes();
    hideStores();
    hideSizes();
  };
}

function total<T>(list: readonly T[], of: (one: T) => number): number {
  return sum(list.map(of));
}

function sum(numbers: Iterable<number>): number {
  let result = 0;
  for (const number of numbers) result += number;
  return result;
}
