import type { TopicPartition } from '../../../core/record.ts';
import { byTopic, type WireRequest } from '../request.ts';
import type { TransactionQuery } from './end-txn.ts';
import type { PartitionResult } from './offset-commit.ts';

/** AddPartitionsToTxn v2: before the first batch of a partition in a transaction. */
export function addPartitionsToTxn(
  transaction: TransactionQuery,
  partitions: readonly TopicPartition[],
): WireRequest<PartitionResult[]> {
  return {
    apiKey: 24,
    apiName: 'AddPartitionsToTxn',
    versions: [2],
    flexibleFrom: 3,
    write: (writer) => {
      writer.string(transaction.transactionalId).int64(transaction.producerId).int16(transaction.producerEpoch);
      writer.array(byTopic(partitions), ([topic, members]) => {
        writer.string(topic).array(members, ({ partition }) => writer.int32(partition));
      });
    },
    read: (reader) => {
      reader.int32();
      return reader
        .array(() => {
          const topic = reader.string();
          return reader.array(() => ({ topic, partition: reader.int32(), errorCode: reader.int16() }));
        })
        .flat();
    },
  };
}
