import { StreamsError, type Coordinates } from '../../core/errors.ts';
import { kafkaFailure } from '../../kafka/cluster/kafka-failure.ts';
import { kafkaErrorCode } from '../../kafka/wire/kafka-errors.ts';
import type { KafkaErrorName } from '../kafka-error.ts';

/** A broker's refusal of `what` as the error that a client of a real broker would throw. */
export function failure(error: KafkaErrorName, what: string, where: Coordinates = {}): StreamsError {
  if (error === 'UNKNOWN_TOPIC_OR_PARTITION') {
    const place = where.topic === undefined ? '' : ` ${where.topic}-${where.partition ?? '?'}`;
    return new StreamsError('TOPIC_MISSING', `${what}: the topic or partition${place} does not exist`, {
      ...where,
      kafkaError: error,
    });
  }
  if (error === 'REQUEST_TIMED_OUT') {
    return new StreamsError('BROKER_UNAVAILABLE', `${what}: the embedded broker did not answer in time`, {
      ...where,
      kafkaError: error,
    });
  }
  return kafkaFailure(kafkaErrorCode(error), what, where);
}
