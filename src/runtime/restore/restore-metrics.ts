import { counterFrom, gaugeFrom, type MetricsRegistry } from '../../observe/metrics.ts';
import type { StandbyTask } from '../standby-task.ts';

/** Shows how much a task still has to restore; answers what takes it away again. */
export function showRestoreMetrics(
  registry: MetricsRegistry,
  applicationId: string,
  taskId: string,
  remaining: () => number,
): () => void {
  return gaugeFrom(registry, {
    name: 'kafka_stream_task_restore_remaining_records_total',
    help: 'Changelog offsets that are still to be read before the task runs',
    labels: { application_id: applicationId, task_id: taskId },
    read: remaining,
  });
}

/** Shows how current a standby is; answers what takes it away again. */
export function showStandbyMetrics(registry: MetricsRegistry, applicationId: string, standby: StandbyTask): () => void {
  const labels = { application_id: applicationId, task_id: standby.id };
  const shown = [
    counterFrom(registry, {
      name: 'kafka_stream_task_update_total',
      help: 'Changelog records put into the stores of a standby',
      labels,
      read: () => standby.updated,
    }),
    gaugeFrom(registry, {
      name: 'kafka_stream_task_standby_lag_records',
      help: 'Changelog offsets that a standby has not read yet, as far as is known',
      labels,
      read: () => (standby.lag === Infinity ? -1 : standby.lag),
    }),
  ];
  return () => shown.forEach((remove) => remove());
}
