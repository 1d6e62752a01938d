import { StreamsError } from '../core/errors.ts';
import { partitionName, type PartitionOffset } from '../core/record.ts';
import type { KafkaAdmin } from '../kafka/client.ts';
import type { SinkWriter } from '../sinks/sink.ts';
import type { ResolvedConfig } from './config.ts';
import type { TaskPartitions } from './partition-plan.ts';

export interface StartPosition extends PartitionOffset {
  /** End of the partition now. */
  readonly endOffset: number;
}

export interface StartPositionsOptions {
  readonly sources: TaskPartitions['sources'];
  readonly committed: readonly PartitionOffset[];
  /** Set for an external sink: what it has taken for certain wins over what the group has committed. */
  readonly writer: SinkWriter | null;
  readonly admin: KafkaAdmin;
  readonly config: Pick<ResolvedConfig, 'offsetReset' | 'lostOffset'>;
}

/**
 * Where a task begins to read each of its partitions.
 *
 * @throws OFFSET_OUT_OF_RANGE when a committed offset is gone and the configuration says `fail`
 */
export async function startPositions(options: StartPositionsOptions): Promise<StartPosition[]> {
  const { sources, admin, config, writer } = options;
  const known = new Map(
    options.committed.map((offset) => [partitionName(offset.topic, offset.partition), offset.offset]),
  );
  for (const { topic, partition, offset } of (await writer?.positions()) ?? []) {
    known.set(partitionName(topic, partition), offset);
  }
  const [starts, ends] = await Promise.all([
    admin.listOffsets(sources, 'earliest'),
    admin.listOffsets(sources, 'latest'),
  ]);
  const startOf = new Map(starts.map((offset) => [partitionName(offset.topic, offset.partition), offset.offset]));
  const endOf = new Map(ends.map((offset) => [partitionName(offset.topic, offset.partition), offset.offset]));

  return sources.map(({ node, topic, partition }) => {
    const name = partitionName(topic, partition);
    const start = startOf.get(name) ?? 0;
    const endOffset = endOf.get(name) ?? 0;
    const offset = known.get(name);
    if (offset !== undefined && offset >= start && offset <= endOffset) return { topic, partition, offset, endOffset };
    const reset = offset === undefined ? (node.offsetReset ?? config.offsetReset) : config.lostOffset;
    // A purged repartition topic has nothing left that was not processed.
    if (offset !== undefined && node.internal)
      return { topic, partition, offset: Math.min(start, endOffset), endOffset };
    if (reset === 'fail') {
      throw new StreamsError(
        'OFFSET_OUT_OF_RANGE',
        `the committed offset ${offset} of ${name} is not on the broker any more (it has ${start} to ${endOffset}): ` +
          `records may be lost. Set lostOffset to 'earliest' or 'latest' to go on, or reset the group's offset`,
        { topic, partition, offset: offset ?? -1 },
      );
    }
    return { topic, partition, offset: reset === 'latest' ? endOffset : start, endOffset };
  });
}
