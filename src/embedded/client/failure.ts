import { StreamsError, type ErrorCode, type StreamsErrorOptions } from '../../core/errors.ts';
import { isRetriable, type KafkaErrorName } from '../kafka-error.ts';

const CODES: Partial<Record<KafkaErrorName, ErrorCode>> = {
  OFFSET_OUT_OF_RANGE: 'OFFSET_OUT_OF_RANGE',
  UNKNOWN_TOPIC_OR_PARTITION: 'TOPIC_MISSING',
  MESSAGE_TOO_LARGE: 'RECORD_TOO_LARGE',
  CORRUPT_MESSAGE: 'CORRUPT_RECORD',
  PRODUCER_FENCED: 'FENCED',
  INVALID_PRODUCER_EPOCH: 'FENCED',
  INVALID_PRODUCER_ID_MAPPING: 'FENCED',
  FENCED_INSTANCE_ID: 'FENCED',
  REQUEST_TIMED_OUT: 'BROKER_UNAVAILABLE',
};

/** A broker's refusal as an error of this library. */
export function failure(error: KafkaErrorName, doing: string, where: StreamsErrorOptions = {}): StreamsError {
  const code = CODES[error] ?? (isRetriable(error) ? 'KAFKA_RETRIABLE' : 'KAFKA_ERROR');
  return new StreamsError(code, `the embedded broker refused ${doing}: ${error}`, { kafkaError: error, ...where });
}
