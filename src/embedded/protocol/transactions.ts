import type { TopicPartition } from '../../core/record.ts';
import type { KafkaErrorName } from '../kafka-error.ts';

export interface InitProducerIdRequest {
  /** null: an idempotent producer without transactions. */
  readonly transactionalId: string | null;
  readonly transactionTimeoutMs: number;
  /** KIP-360: the id and epoch that the producer has, to get the next epoch; -1 and -1 for a new one. */
  readonly producerId: number;
  readonly producerEpoch: number;
}
export interface InitProducerIdResponse {
  readonly error: KafkaErrorName;
  readonly producerId: number;
  readonly producerEpoch: number;
}

export interface TransactionIdentity {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

export interface AddPartitionsToTxnRequest extends TransactionIdentity {
  readonly partitions: readonly TopicPartition[];
}
export interface AddPartitionsToTxnResponse {
  readonly partitions: readonly (TopicPartition & { readonly error: KafkaErrorName })[];
}
export interface AddOffsetsToTxnRequest extends TransactionIdentity {
  readonly groupId: string;
}
export interface EndTxnRequest extends TransactionIdentity {
  readonly committed: boolean;
}
export interface TransactionResponse {
  readonly error: KafkaErrorName;
}
