import type { CommittedOffset, GroupMetadata } from '../../client.ts';
import { byTopic, type WireRequest } from '../request.ts';
import type { TransactionQuery } from './end-txn.ts';
import type { PartitionResult } from './offset-commit.ts';

/** TxnOffsetCommit v3: fenced by generation and member id (KIP-447). Goes to the group's coordinator. */
export function txnOffsetCommit(
  transaction: TransactionQuery,
  group: GroupMetadata,
  offsets: readonly CommittedOffset[],
): WireRequest<PartitionResult[]> {
  return {
    apiKey: 28,
    apiName: 'TxnOffsetCommit',
    versions: [3],
    flexibleFrom: 3,
    write: (writer) => {
      writer.string(transaction.transactionalId).string(group.groupId);
      writer.int64(transaction.producerId).int16(transaction.producerEpoch);
      writer.int32(group.generationId).string(group.memberId).string(group.groupInstanceId);
      writer.array(byTopic(offsets), ([topic, partitions]) => {
        writer.string(topic).array(partitions, ({ partition, offset, metadata }) => {
          writer.int32(partition).int64(offset).int32(-1).string(metadata).tags();
        });
        writer.tags();
      });
      writer.tags();
    },
    read: (reader) => {
      reader.int32();
      const results = reader
        .array(() => {
          const topic = reader.string();
          const partitions = reader.array(() => {
            const result = { topic, partition: reader.int32(), errorCode: reader.int16() };
            reader.tags();
            return result;
          });
          reader.tags();
          return partitions;
        })
        .flat();
      return results;
    },
  };
}
