import type { MetricsRegistry } from '../../observe/metrics.ts';
import type { TaskState } from '../../state/task-state.ts';
import type { SubTopology } from '../../topology/topology.ts';
import { MetricGroup } from './metric-group.ts';

/** Shows what the stores of a task or a standby take; answers what takes it away again. */
export function showStoreSizes(
  registry: MetricsRegistry,
  labels: Readonly<Record<string, string>>,
  { state, subTopology }: { readonly state: TaskState; readonly subTopology: SubTopology },
): () => void {
  const groups = subTopology.stores.map(({ name, persistent }) => {
    const size = () => state.sizes.find(({ store }) => store === name);
    const group = new MetricGroup(registry, 'kafka_streams_stream_state_metrics', { ...labels, state_id: name });
    group.gauge(
      'uncommitted_bytes',
      'Bytes written to the store since the last commit',
      () => size()?.uncommittedBytes ?? 0,
    );
    if (!persistent) return group;
    const files = 'Bytes of the store’s files, as of at most a few seconds ago';
    return group.gauge('live_sst_files_size', files, () => size()?.diskBytes ?? NaN);
  });
  return () => groups.forEach((group) => group.hide());
}
