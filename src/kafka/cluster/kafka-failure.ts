import { StreamsError, type Coordinates, type ErrorCode } from '../../core/errors.ts';
import { kafkaErrorOf } from '../wire/kafka-errors.ts';

/** Kafka's names that have a code of their own here; the rest are KAFKA_RETRIABLE or KAFKA_ERROR. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  OFFSET_OUT_OF_RANGE: 'OFFSET_OUT_OF_RANGE',
  MESSAGE_TOO_LARGE: 'RECORD_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'RECORD_TOO_LARGE',
  ILLEGAL_GENERATION: 'FENCED',
  UNKNOWN_MEMBER_ID: 'FENCED',
  FENCED_INSTANCE_ID: 'FENCED',
  REBALANCE_IN_PROGRESS: 'FENCED',
  INVALID_PRODUCER_EPOCH: 'FENCED',
  PRODUCER_FENCED: 'FENCED',
};

/** What to do about a refusal, where that is not plain from its name. */
const ADVICE: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: 'the user may not use this topic: check its ACLs',
  GROUP_AUTHORIZATION_FAILED: 'the user may not use this group: check its ACLs',
  CLUSTER_AUTHORIZATION_FAILED: 'the user may not do this: check its ACLs',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'the user may not use this transactional id: check its ACLs',
  INVALID_REPLICATION_FACTOR: 'there are fewer brokers than the replication factor asks for',
  UNKNOWN_TOPIC_OR_PARTITION: 'the topic or partition does not exist',
  UNSTABLE_OFFSET_COMMIT:
    'a transaction that commits positions there is open; the broker ends it after transactionTimeoutMs. If it never does, it is a hanging transaction: kafka-transactions.sh find-hanging',
  PRODUCER_FENCED:
    'a newer producer with this transactional id took over, or its transaction was open for longer than transactionTimeoutMs',
  INVALID_PRODUCER_EPOCH:
    'a newer producer with this transactional id took over, or its transaction was open for longer than transactionTimeoutMs',
  INVALID_TRANSACTION_TIMEOUT: 'the transaction timeout is above the broker’s transaction.max.timeout.ms',
  INVALID_SESSION_TIMEOUT: 'the session timeout is outside the broker’s group.min/max.session.timeout.ms',
  INCONSISTENT_GROUP_PROTOCOL: 'other members of the group use another assignment protocol',
};

/** The error of a code that a broker answered to `what`, such as `Produce`. */
export function kafkaFailure(
  code: number,
  what: string,
  where: Coordinates = {},
  message: string | null = null,
): StreamsError {
  const { name, retriable } = kafkaErrorOf(code);
  const advice = message ?? ADVICE[name];
  const place =
    where.topic === undefined ? '' : ` for ${where.topic}${where.partition === undefined ? '' : `-${where.partition}`}`;
  const text = `Kafka refused ${what}${place}: ${name}${advice === undefined ? '' : ` (${advice})`}`;
  return new StreamsError(CODES[name] ?? (retriable ? 'KAFKA_RETRIABLE' : 'KAFKA_ERROR'), text, {
    ...where,
    kafkaError: name,
  });
}

/** @throws the failure of the first result that has an error */
export function throwFirst(
  results: readonly { readonly topic: string; readonly partition?: number; readonly errorCode: number }[],
  what: string,
): void {
  for (const { topic, partition, errorCode } of results) {
    if (errorCode !== 0)
      throw kafkaFailure(errorCode, what, partition === undefined ? { topic } : { topic, partition });
  }
}

export function topicMissing(topic: string): StreamsError {
  return new StreamsError('TOPIC_MISSING', `the topic ${topic} does not exist`, {
    topic,
    kafkaError: 'UNKNOWN_TOPIC_OR_PARTITION',
  });
}
