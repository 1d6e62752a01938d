import { counterFrom, gaugeFrom, type MetricsRegistry } from '../../observe/metrics.ts';
import type { StreamTask } from '../stream-task.ts';

/**
 * Shows what passes through a task, by topic and partition, under the short names that operators of plain consumers and
 * producers know; answers what takes it away again. Topics that a task writes to are shown from their first record on.
 */
export function showMessageMetrics(registry: MetricsRegistry, consumerGroup: string, task: StreamTask): () => void {
  const shown: (() => void)[] = [];
  const labelsOf = (topic: string, partition: number): Record<string, string> => ({
    topic,
    partition: String(partition),
    consumer_group: consumerGroup,
  });
  for (const queue of task.queues) {
    const labels = labelsOf(queue.topic, queue.partition);
    shown.push(
      counterFrom(registry, {
        name: 'messages_consumed_total',
        help: 'records that were processed',
        labels,
        read: () => queue.processed,
      }),
      gaugeFrom(registry, {
        name: 'consumer_lag',
        help: 'records on the broker that were not processed',
        labels,
        read: () => queue.lag,
      }),
    );
  }
  const produced = (topic: string, counts: readonly number[]): void => {
    for (let partition = 0; partition < counts.length; partition++) {
      const hide = counterFrom(registry, {
        name: 'messages_produced_total',
        help: 'records that were sent by sink nodes',
        labels: labelsOf(topic, partition),
        read: () => counts[partition] ?? 0,
      });
      shown.push(hide);
    }
  };
  task.collector.onTopic = produced;
  return () => {
    task.collector.onTopic = null;
    for (const hide of shown) hide();
  };
}
