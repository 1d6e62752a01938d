import { ERROR_HEADERS } from '../core/error-headers.ts';
import { type Coordinates, messageOf, StreamsError, type ErrorCode } from '../core/errors.ts';
import { type RecordContext, setHeaders } from '../core/record.ts';
import type { Logger } from '../observe/logger.ts';
import type { DropReason } from '../processors/processor.ts';
import type { FaultHandler } from './config.ts';
import { coordinatesOf } from './partition-queue.ts';
import type { RecordSender } from './record-collector.ts';
import type { TaskFaults } from './task-faults.ts';
import type { TaskMetrics } from './task-metrics.ts';

export interface FaultPolicyOptions {
  readonly taskId: string;
  readonly deserialization: FaultHandler;
  readonly processing: FaultHandler;
  readonly production: FaultHandler;
  readonly deadLetter: { readonly topic: string; readonly partitions: number } | null;
  readonly sender: RecordSender;
  /** The bytes of the input record that is being processed, if it is that one. */
  readonly rawOf: (record: RecordContext) => readonly [Buffer | null, Buffer | null];
  readonly later: (step: () => void) => void;
  readonly metrics: TaskMetrics;
  readonly logger: Logger;
}

const STATE_FAULTS = new Set<ErrorCode>(['STATE_CORRUPT', 'STATE_WRITE_FAILED']);

/**
 * Asks the configured handler about each fault and does what it answers. An answer that goes on counts the record as
 * dropped; a dead letter is written by the task's own producer, so it shares the fate of the task's other output.
 */
export function faultPolicy(options: FaultPolicyOptions): TaskFaults {
  const { taskId, metrics, logger } = options;
  /** Faults that a handler let through: the nodes above pass them on. */
  const decided = new WeakSet<Error>();

  const decide = (
    handler: FaultHandler,
    code: ErrorCode,
    reason: DropReason,
    error: unknown,
    node: string,
    record: RecordContext,
    raw: () => readonly [Buffer | null, Buffer | null],
  ): void => {
    const known = error instanceof StreamsError ? error.coordinates : {};
    const where = { ...coordinatesOf(record), ...known, task: taskId, node };
    const failure =
      error instanceof StreamsError && error.coordinates.node !== undefined
        ? error
        : new StreamsError(code, messageOf(error), { cause: error, ...where });
    const verdict = typeof handler === 'function' ? handler({ ...where, error, timestamp: record.timestamp }) : handler;
    if (verdict === 'fail' || verdict === 'retry') {
      decided.add(failure);
      throw failure;
    }
    metrics.drop(reason, node);
    logger.warn({ ...where, reason, verdict, err: messageOf(error) }, 'a record was not processed');
    if (verdict === 'deadLetter') sendDeadLetter(failure, where, record, raw());
  };

  const sendDeadLetter = (
    error: StreamsError,
    where: Coordinates,
    record: RecordContext,
    [key, value]: readonly [Buffer | null, Buffer | null],
  ): void => {
    if (!options.deadLetter) {
      throw new StreamsError(
        'CONFIG_INVALID',
        'a handler answered deadLetter, but deadLetterTopic is not configured',
        error.coordinates,
      );
    }
    const { topic, partitions } = options.deadLetter;
    const partition = Math.max(0, where.partition ?? 0) % partitions;
    const origin = originOf(error);
    const headers = setHeaders(record.headers, {
      [ERROR_HEADERS.exception]: origin instanceof StreamsError ? origin.code : origin.name,
      [ERROR_HEADERS.message]: error.message.slice(0, 4_096),
      [ERROR_HEADERS.stacktrace]: (origin.stack ?? '').slice(0, 8_192),
      [ERROR_HEADERS.topic]: where.topic ?? '',
      [ERROR_HEADERS.partition]: String(where.partition ?? -1),
      [ERROR_HEADERS.offset]: String(where.offset ?? -1),
    });
    try {
      options.sender.send(topic, partition, key, value, record.timestamp, headers);
    } catch (tooLarge) {
      if (!(tooLarge instanceof StreamsError && tooLarge.code === 'RECORD_TOO_LARGE')) throw tooLarge;
      // With the headers it no longer fits: where it is will have to do.
      const bare = setHeaders(headers, { [ERROR_HEADERS.truncated]: 'key and value' });
      options.sender.send(topic, partition, null, null, record.timestamp, bare);
    }
  };

  return {
    deserialization: (error, node, record, key, value) =>
      decide(options.deserialization, 'DESERIALIZATION', 'deserialization', error, node, record, () => [key, value]),
    processing: (error, node, _key, _value, record) => {
      if (error instanceof Error && decided.has(error)) throw error;
      // The store's fault is not the record's: whatever handlers say of records, this one has to be processed yet.
      if (error instanceof StreamsError && STATE_FAULTS.has(error.code)) {
        throw error.at({ ...coordinatesOf(record), task: taskId, node });
      }
      decide(options.processing, 'PROCESSING', 'processing', error, node, record, () => options.rawOf(record));
    },
    production: (error, node, topic, _key, _value, record) => {
      const code = error instanceof StreamsError ? error.code : 'SERIALIZATION';
      const detail = new StreamsError(code, `a record for ${topic} could not be written: ${messageOf(error)}`, {
        cause: error,
        ...coordinatesOf(record),
        task: taskId,
        node,
      });
      decide(options.production, code, 'production', detail, node, record, () => options.rawOf(record));
    },
    dropped: (reason, node) => metrics.drop(reason, node),
    later: options.later,
  };
}

/** What went wrong in the first place: the error under those that say where. */
function originOf(error: StreamsError): Error {
  const { cause } = error;
  if (cause instanceof StreamsError) return originOf(cause);
  return cause instanceof Error ? cause : error;
}
