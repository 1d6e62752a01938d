import { StreamsError } from '../../core/errors.ts';
import type { SinkConnector } from '../../sinks/sink.ts';
import type { Graph } from '../graph.ts';
import { checkName } from '../names.ts';
import type { ExternalSinkOptions, SinkOptions } from '../options.ts';
import type { StreamPartitioner, TopicNameExtractor } from '../topology.ts';
import type { StreamShape } from './scope.ts';

/** Ends a stream in a topic. */
export function declareSink<K, V>(
  graph: Graph,
  shape: StreamShape<K, V>,
  topic: string | TopicNameExtractor<K, V>,
  options: SinkOptions<K, V>,
): void {
  if (topic === '') {
    throw new StreamsError('TOPOLOGY_INVALID', `to (after ${shape.name}): the topic's name is empty.`);
  }
  graph.append({
    kind: 'sink',
    name: graph.nameOr(options.name, 'KSTREAM-SINK-'),
    parents: [shape.node],
    topic: typeof topic === 'string' ? checkName(topic) : (topic as TopicNameExtractor),
    key: options.key ?? shape.key,
    value: options.value ?? shape.value,
    partitioner: (options.partitioner as StreamPartitioner | undefined) ?? null,
    bucket: null,
  });
}

/** Ends a stream in a system outside Kafka. */
export function declareExternal<K, V>(
  graph: Graph,
  shape: StreamShape<K, V>,
  connector: SinkConnector<K, V>,
  options: ExternalSinkOptions<K, V>,
): void {
  graph.append({
    kind: 'external',
    name: graph.nameOr(options.name, 'KSTREAM-SINK-TO-'),
    parents: [shape.node],
    connector,
    key: options.key ?? shape.key,
    value: options.value ?? shape.value,
  });
}
