import type { WireRequest } from '../request.ts';
import type { ProducerIdentity } from './init-producer-id.ts';

export interface TransactionQuery extends ProducerIdentity {
  readonly transactionalId: string;
}

/** EndTxn v2. Answers the error code. */
export function endTxn(transaction: TransactionQuery, commit: boolean): WireRequest<number> {
  return {
    apiKey: 26,
    apiName: 'EndTxn',
    versions: [2],
    flexibleFrom: 3,
    write: (writer) =>
      writer
        .string(transaction.transactionalId)
        .int64(transaction.producerId)
        .int16(transaction.producerEpoch)
        .boolean(commit),
    read: (reader) => {
      reader.int32();
      return reader.int16();
    },
  };
}
