import type { Producer, ProducerStats } from '../../kafka/client.ts';
import type { MetricsRegistry } from '../../observe/metrics.ts';
import { MetricGroup } from './metric-group.ts';
import type { ThreadMetrics } from './thread-metrics.ts';

/** Shows what a stream thread counts, and its producer; answers what takes it away again. */
export function showThreadMetrics(
  registry: MetricsRegistry,
  applicationId: string,
  metrics: ThreadMetrics,
  producer: () => Producer,
  index: number,
): () => void {
  const labels = { application_id: applicationId, thread_id: String(index) };
  const group = new MetricGroup(registry, 'kafka_streams_stream_thread_metrics', labels)
    .gauge('thread_start_time', 'When the thread was made, in ms since the epoch', () => metrics.startTime)
    .counter('commit', 'Commits of the thread', () => metrics.commits)
    .stat('commit_latency', 'Length of a commit in ms', metrics.commitLatency)
    .counter('poll', 'Turns that got records from the brokers', () => metrics.polls)
    .counter('process', 'Records processed', () => metrics.processed)
    .stat('process_latency', 'Time for a record in ms', metrics.processLatency)
    .counter('punctuate', 'Turns in which punctuators ran', () => metrics.punctuations)
    .stat('punctuate_latency', 'Time for such a turn in ms', metrics.punctuateLatency)
    .counter('task_created', 'Tasks made', () => metrics.tasksCreated)
    .counter('task_closed', 'Tasks closed', () => metrics.tasksClosed)
    .counter('blocked_time_ns', 'Time spent waiting for brokers, in ns', () => Math.round(metrics.blockedMs * 1e6));
  const fetched = new MetricGroup(registry, 'kafka_consumer_consumer_fetch_manager_metrics', labels).counter(
    'bytes_consumed',
    'Bytes of record batches fetched for the tasks',
    () => metrics.fetchedBytes,
  );
  const sent = producerMetrics(registry, labels, producer);
  return () => [group, fetched, sent].forEach((each) => each.hide());
}

function producerMetrics(
  registry: MetricsRegistry,
  labels: Readonly<Record<string, string>>,
  producer: () => Producer,
): MetricGroup {
  // A thread that was thrown out of its group goes on with another producer: its counters go on from those before.
  let before: ProducerStats | null = null;
  let now: Producer | null = null;
  let last: ProducerStats | null = null;
  const read = (field: keyof ProducerStats) => (): number => {
    const current = producer();
    if (current !== now) {
      before = sum(before, last);
      now = current;
    }
    last = current.stats ?? null;
    return (before?.[field] ?? 0) + (last?.[field] ?? 0);
  };
  return new MetricGroup(registry, 'kafka_producer_producer_metrics', labels)
    .counter('record_send', 'Records sent, changelog records included', read('records'))
    .counter('outgoing_byte', 'Bytes of record batches sent, compressed', read('bytes'))
    .counter('batch', 'Record batches sent', read('batches'))
    .counter('request', 'Produce requests sent', read('requests'))
    .counter('record_retry', 'Record batches that were sent again', read('retries'))
    .counter('request_latency_ms', 'Time produce requests took, in ms', read('requestMs'));
}

function sum(one: ProducerStats | null, other: ProducerStats | null): ProducerStats | null {
  if (!one || !other) return one ?? other;
  return {
    records: one.records + other.records,
    bytes: one.bytes + other.bytes,
    batches: one.batches + other.batches,
    requests: one.requests + other.requests,
    retries: one.retries + other.retries,
    requestMs: one.requestMs + other.requestMs,
  };
}
