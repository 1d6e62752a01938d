import { StreamsError, messageOf } from '../../core/errors.ts';

/**
 * Refusals that are about this producer's id, numbering or transaction: sent again they are refused again, but the same
 * work done anew, under a new id or in a new transaction, may pass (KIP-360, KIP-654, KIP-890).
 */
const RENEWABLE = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
  'OPERATION_NOT_ATTEMPTED',
  'TRANSACTION_COORDINATOR_FENCED',
  'TRANSACTION_ABORTABLE',
]);

/** What a producer tells its owner: such a refusal is retriable for whoever can repeat the work since the last commit. */
export function asDeliveryFailure(error: unknown): StreamsError {
  if (!(error instanceof StreamsError)) return new StreamsError('KAFKA_ERROR', messageOf(error), { cause: error });
  const { kafkaError } = error;
  if (error.retriable || kafkaError === undefined || !RENEWABLE.has(kafkaError)) return error;
  return new StreamsError('KAFKA_RETRIABLE', error.message, { cause: error, kafkaError, ...error.coordinates });
}
