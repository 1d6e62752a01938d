import { messageOf, StreamsError, type ErrorCode } from '../core/errors.ts';
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

/**
 * Asks the configured handler about each fault and does what it answers. An answer that goes on counts the record as
 * dropped; a dead letter is written by the task's own producer, so it shares the fate of the task's other output.
 */
export function faultPolicy(options: FaultPolicyOptions): TaskFaults {
  const { taskId, metrics, logger } = options;

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
    if (verdict === 'fail' || verdict === 'retry') throw failure;
    metrics.drop(reason, node);
    logger.warn({ ...where, reason, verdict, err: messageOf(error) }, 'a record was not processed');
    if (verdict === 'deadLetter') sendDeadLetter(failure, record, raw());
  };

  const sendDeadLetter = (
    error: StreamsError,
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
    const headers = setHeaders(record.headers, {
      '__streams.errors.exception': error.cause instanceof Error ? error.cause.name : error.code,
      '__streams.errors.message': error.message.slice(0, 4_096),
      '__streams.errors.stacktrace': (error.stack ?? '').slice(0, 8_192),
      '__streams.errors.topic': record.topic,
      '__streams.errors.partition': String(record.partition),
      '__streams.errors.offset': String(record.offset),
    });
    options.sender.send(topic, Math.max(0, record.partition) % partitions, key, value, record.timestamp, headers);
  };

  return {
    deserialization: (error, node, record, key, value) =>
      decide(options.deserialization, 'DESERIALIZATION', 'deserialization', error, node, record, () => [key, value]),
    processing: (error, node, _key, _value, record) => {
      // A fault that was decided further down the chain, or one of the runtime itself, is not the application's.
      if (error instanceof StreamsError && error.coordinates.node !== undefined) throw error;
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
