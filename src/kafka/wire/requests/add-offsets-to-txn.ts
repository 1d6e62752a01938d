import type { WireRequest } from '../request.ts';
import type { TransactionQuery } from './end-txn.ts';

/** AddOffsetsToTxn v2: the group's offsets partition joins the transaction. Answers the error code. */
export function addOffsetsToTxn(transaction: TransactionQuery, groupId: string): WireRequest<number> {
  return {
    apiKey: 25,
    apiName: 'AddOffsetsToTxn',
    versions: [2],
    flexibleFrom: 3,
    write: (writer) =>
      writer
        .string(transaction.transactionalId)
        .int64(transaction.producerId)
        .int16(transaction.producerEpoch)
        .string(groupId),
    read: (reader) => {
      reader.int32();
      return reader.int16();
    },
  };
}
