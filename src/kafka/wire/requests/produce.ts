import type { TopicPartition } from '../../../core/record.ts';
import { byTopic, type ThrottledAnswer, type WireRequest } from '../request.ts';

export interface ProduceQuery {
  readonly transactionalId: string | null;
  /** How long the leader waits for its followers. */
  readonly timeoutMs: number;
  /** At most one batch of each partition. */
  readonly batches: readonly ProducedBatch[];
}

export interface ProducedBatch extends TopicPartition {
  readonly records: Buffer;
}

export interface ProduceAnswer extends ThrottledAnswer {
  readonly partitions: readonly ProducedPartition[];
}

export interface ProducedPartition extends TopicPartition {
  readonly errorCode: number;
  /** Of the batch's first record; -1 for a duplicate the broker no longer remembers the offset of. */
  readonly baseOffset: number;
}

/** Produce v7, acknowledged by all in-sync replicas. */
export function produce(query: ProduceQuery): WireRequest<ProduceAnswer> {
  return {
    apiKey: 0,
    apiName: 'Produce',
    versions: [7],
    flexibleFrom: 9,
    heldMs: query.timeoutMs,
    write: (writer) => {
      writer.string(query.transactionalId).int16(-1).int32(query.timeoutMs);
      writer.array(byTopic(query.batches), ([topic, batches]) => {
        writer.string(topic).array(batches, ({ partition, records }) => {
          writer.int32(partition).bytes(records);
        });
      });
    },
    read: (reader) => {
      const partitions = reader
        .array(() => {
          const topic = reader.string();
          return reader.array(() => {
            const answer = { topic, partition: reader.int32(), errorCode: reader.int16(), baseOffset: reader.int64() };
            reader.int64();
            reader.int64();
            return answer;
          });
        })
        .flat();
      return { partitions, throttleMs: reader.int32() };
    },
  };
}
