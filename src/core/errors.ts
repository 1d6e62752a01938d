/**
 * Every error this library raises on purpose, with what it means. The code is stable; the text is for people.
 *
 * `retriable` says that the same step may succeed later without anybody doing anything.
 */
export const ERROR_CODES = {
  TOPOLOGY_INVALID: { retriable: false, meaning: 'the topology, as declared, cannot work' },
  CONFIG_INVALID: { retriable: false, meaning: 'a setting is missing or wrong' },
  APP_INVALID: { retriable: false, meaning: 'the application module could not be loaded or is not an application' },
  BROKER_UNAVAILABLE: { retriable: true, meaning: 'no broker answered' },
  KAFKA_ERROR: { retriable: false, meaning: 'the broker refused a request; `kafkaError` has its name' },
  KAFKA_RETRIABLE: { retriable: true, meaning: 'the broker could not serve a request now; `kafkaError` has its name' },
  TOPIC_MISSING: { retriable: false, meaning: 'a source topic does not exist' },
  PARTITIONS_MISMATCH: { retriable: false, meaning: 'topics that must be co-partitioned are not' },
  OFFSET_OUT_OF_RANGE: { retriable: false, meaning: 'the committed position is no longer on the broker' },
  RECORD_TOO_LARGE: { retriable: false, meaning: 'a record is larger than the broker or the producer accepts' },
  CORRUPT_RECORD: { retriable: false, meaning: 'bytes from the broker are not a valid record batch' },
  DESERIALIZATION: { retriable: false, meaning: 'bytes of a record do not fit its serde' },
  SERIALIZATION: { retriable: false, meaning: 'a value does not fit its serde' },
  PROCESSING: { retriable: false, meaning: 'a function of the application threw' },
  ASYNC_TIMEOUT: { retriable: true, meaning: 'a call of an async operator took longer than its time limit' },
  INVALID_TIMESTAMP: { retriable: false, meaning: 'the timestamp extractor returned a negative time' },
  BUFFER_FULL: { retriable: false, meaning: 'a suppression buffer that may not emit early reached its limit' },
  STATE_DIR_LOCKED: { retriable: false, meaning: 'another process uses the state directory' },
  STATE_CORRUPT: { retriable: false, meaning: 'local state cannot be read' },
  STATE_WRITE_FAILED: { retriable: true, meaning: 'there was no space for local state; what is there is whole' },
  STORE_CLOSED: { retriable: true, meaning: 'the store is not open here, or not open now' },
  STORE_UNKNOWN: { retriable: false, meaning: 'the topology has no such store' },
  NOT_PRESENT: {
    retriable: true,
    meaning: 'the partition of the store that was asked for is not on this instance now',
  },
  NOT_UP_TO_BOUND: { retriable: true, meaning: 'a store has not reached the position that a query demands' },
  QUERY_INVALID: { retriable: false, meaning: 'a query that the store cannot answer, or that is malformed' },
  INSTANCE_UNAVAILABLE: { retriable: true, meaning: 'another instance of the application did not answer a query' },
  SCHEMA_INVALID: { retriable: false, meaning: 'a schema cannot be used' },
  SCHEMA_INCOMPATIBLE: { retriable: false, meaning: 'the registry refuses the schema' },
  REGISTRY_UNAVAILABLE: { retriable: true, meaning: 'the schema registry did not answer' },
  TABLE_INVALID: { retriable: false, meaning: 'a Delta table cannot be read or written here' },
  TABLE_CONFLICT: { retriable: true, meaning: 'another writer changed the table in a way that this commit depends on' },
  LAKE_UNAVAILABLE: { retriable: true, meaning: 'the lake store did not answer' },
  SOURCE_UNAVAILABLE: { retriable: true, meaning: 'a source of records did not answer' },
  SOURCE_REFUSED: { retriable: false, meaning: 'a source of records refuses what it is asked' },
  AUTH_FAILED: { retriable: false, meaning: 'a service does not accept the credentials, or there are none' },
  ILLEGAL_STATE: { retriable: false, meaning: 'a call that the current state does not allow' },
  FENCED: { retriable: false, meaning: 'another member took over this one’s work' },
  TASK_TIMEOUT: {
    retriable: false,
    meaning: 'a step of a task failed again and again for longer than `taskTimeoutMs`',
  },
  THREAD_DIED: { retriable: false, meaning: 'a worker thread ended without saying why' },
  SHUTDOWN_REQUESTED: { retriable: false, meaning: 'an instance asked all instances of the application to stop' },
  MISSING_PACKAGE: { retriable: false, meaning: 'an optional package is needed and not installed' },
} as const satisfies Record<string, { readonly retriable: boolean; readonly meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Where a record was when something went wrong. */
export interface Coordinates {
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
  /** Task id, `<sub-topology>_<partition>`. */
  readonly task?: string;
  /** Name of the topology's node. */
  readonly node?: string;
}

export interface StreamsErrorOptions extends Coordinates {
  readonly cause?: unknown;
  /** Kafka's own name of a broker error, such as `NOT_LEADER_OR_FOLLOWER`. */
  readonly kafkaError?: string;
  /** Overrides the table's value for this one error. */
  readonly retriable?: boolean;
}

/** An error of this library: a code from {@link ERROR_CODES}, a text that says what to do, and where it happened. */
export class StreamsError extends Error {
  override readonly name = 'StreamsError';
  readonly code: ErrorCode;
  readonly retriable: boolean;
  readonly kafkaError: string | undefined;
  readonly coordinates: Coordinates;

  constructor(code: ErrorCode, message: string, options: StreamsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const { cause: _cause, kafkaError, retriable, ...coordinates } = options;
    this.code = code;
    this.kafkaError = kafkaError;
    this.retriable = retriable ?? ERROR_CODES[code].retriable;
    this.coordinates = coordinates;
  }

  /** The same error with coordinates that were not known where it was thrown. */
  at(where: Coordinates): StreamsError {
    return new StreamsError(this.code, this.message, {
      ...where,
      ...this.coordinates,
      retriable: this.retriable,
      ...(this.kafkaError === undefined ? {} : { kafkaError: this.kafkaError }),
      ...(this.cause === undefined ? {} : { cause: this.cause }),
    });
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
