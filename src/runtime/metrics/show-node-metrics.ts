import type { MetricsRegistry } from '../../observe/metrics.ts';
import type { StreamTask } from '../stream-task.ts';
import { MetricGroup } from './metric-group.ts';

/** Shows what a task's nodes count: sources and ends of the path always, the others with `debug`. */
export function showNodeMetrics(
  registry: MetricsRegistry,
  labels: Readonly<Record<string, string>>,
  { metrics, subTopology }: StreamTask,
): () => void {
  const groups = subTopology.nodes.flatMap((node) => {
    const counted = metrics.nodes.get(node.name);
    if (!counted) return [];
    const group = new MetricGroup(registry, 'kafka_streams_stream_processor_node_metrics', {
      ...labels,
      processor_node_id: node.name,
    }).counter('process', 'Records that reached the node', () => counted.processed);
    if (node.kind === 'source' || node.children.length === 0) {
      group.stat('record_e2e_latency', 'Wall clock time less the record’s time, in ms', counted.e2e, { min: true });
    }
    return [group];
  });
  return () => groups.forEach((group) => group.hide());
}
