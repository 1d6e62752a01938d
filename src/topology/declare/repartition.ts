import type { Serde } from '../../core/serde.ts';
import type { Graph } from '../graph.ts';
import { checkName, isGenerated } from '../names.ts';
import type { RepartitionNode } from '../nodes/repartition-node.ts';
import type { LogicalNode } from '../nodes/node.ts';
import type { StreamPartitioner } from '../topology.ts';

export interface RepartitionDeclaration {
  readonly parent: LogicalNode;
  /** The topic's name without `-repartition`. */
  readonly name: string;
  readonly operator: string;
  readonly key: Serde<unknown> | null;
  readonly value: Serde<unknown> | null;
  readonly partitions?: number | undefined;
  readonly partitioner?: StreamPartitioner | undefined;
}

/** Makes, but does not append, a repartition. Takes three numbers, used or not, as Kafka Streams does. */
export function declareRepartition(graph: Graph, declaration: RepartitionDeclaration): RepartitionNode {
  const { name } = declaration;
  const topic = checkName(name.endsWith('-repartition') ? name : `${name}-repartition`);
  const sink = graph.newName('KSTREAM-SINK-');
  const filter = graph.newName('KSTREAM-FILTER-');
  const source = graph.newName('KSTREAM-SOURCE-');
  const generated = isGenerated(name);
  return {
    kind: 'repartition',
    name: generated ? source : `${topic}-source`,
    sinkName: generated ? sink : `${topic}-sink`,
    filterName: generated ? filter : `${topic}-filter`,
    parents: [declaration.parent],
    topic,
    key: declaration.key,
    value: declaration.value,
    partitions: declaration.partitions ?? null,
    partitioner: declaration.partitioner ?? null,
    operator: declaration.operator,
  };
}
