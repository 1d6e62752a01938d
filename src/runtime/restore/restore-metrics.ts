import type { MetricsRegistry } from '../../observe/metrics.ts';
import { MetricGroup } from '../metrics/metric-group.ts';
import { showStoreSizes } from '../metrics/show-store-sizes.ts';
import type { StandbyTask } from '../standby-task.ts';

/** Shows how current a standby is; answers what takes it away again. */
export function showStandbyMetrics(registry: MetricsRegistry, applicationId: string, standby: StandbyTask): () => void {
  const labels = { application_id: applicationId, task_id: standby.id };
  const group = new MetricGroup(registry, 'kafka_streams_stream_task_metrics', labels)
    .counter('update', 'Changelog records put into the stores of a standby', () => standby.updated)
    .gauge('standby_lag_records', 'Changelog offsets that a standby has not read yet; -1: not known', () =>
      standby.lag === Infinity ? -1 : standby.lag,
    );
  const hideSizes = showStoreSizes(registry, labels, standby);
  return () => {
    group.hide();
    hideSizes();
  };
}
