import { partitionName, type TopicPartition } from '../core/record.ts';
import type { KafkaAdmin } from '../kafka/client.ts';
import type { StartPosition } from './start-positions.ts';

/**
 * Where to go on in partitions whose next record is gone. A broker that refuses a fetch as out of range does not say what
 * it has: it is asked.
 */
export async function positionsAfterCut(
  admin: Pick<KafkaAdmin, 'listOffsets'>,
  cut: readonly TopicPartition[],
  to: 'earliest' | 'latest',
): Promise<StartPosition[]> {
  const [starts, ends] = await Promise.all([admin.listOffsets(cut, 'earliest'), admin.listOffsets(cut, 'latest')]);
  const startOf = new Map(starts.map((each) => [partitionName(each.topic, each.partition), each.offset]));
  const endOf = new Map(ends.map((each) => [partitionName(each.topic, each.partition), each.offset]));
  return cut.map(({ topic, partition }) => {
    const name = partitionName(topic, partition);
    const endOffset = endOf.get(name) ?? 0;
    return { topic, partition, offset: to === 'latest' ? endOffset : (startOf.get(name) ?? 0), endOffset };
  });
}
