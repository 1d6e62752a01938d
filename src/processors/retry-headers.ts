import { ERROR_HEADERS } from '../core/error-headers.ts';
import { messageOf } from '../core/errors.ts';
import { headerText, setHeaders, type Headers, type RecordContext } from '../core/record.ts';

const PREFIX = '__streams.retry.';
const MESSAGE_CHARS = 1_000;
const STACK_CHARS = 4_000;

/** The headers of a record in a retry bucket. Times are ms since the epoch. */
export const RETRY_HEADERS = Object.freeze({
  /** Failed tries so far. */
  attempt: `${PREFIX}attempt`,
  /** When it may be tried again. */
  due: `${PREFIX}due`,
  /** When it failed first. */
  first: `${PREFIX}first`,
  /** Where the record was first read, and its time there. */
  topic: `${PREFIX}topic`,
  partition: `${PREFIX}partition`,
  offset: `${PREFIX}offset`,
  timestamp: `${PREFIX}timestamp`,
  /** The last error. */
  exception: `${PREFIX}exception`,
  message: `${PREFIX}message`,
});

/** Failed tries before this one. */
export function attemptsOf(headers: Headers): number {
  return numberIn(headers, RETRY_HEADERS.attempt) ?? 0;
}

/** For `notBefore` of the bucket sources: when the record may be processed, in ms; 0 where it does not say. */
export function retryDueTime(record: RecordContext): number {
  return numberIn(record.headers, RETRY_HEADERS.due) ?? 0;
}

export interface FailureFacts {
  readonly record: RecordContext;
  readonly error: unknown;
  /** Failed tries, this one included. */
  readonly attempt: number;
  readonly nowMs: number;
}

/** The record's headers on its way into a bucket. What the first failure noted stays. */
export function bucketHeaders(facts: FailureFacts, dueMs: number): Headers {
  return setHeaders(facts.record.headers, { ...retryFacts(facts), [RETRY_HEADERS.due]: String(dueMs) });
}

/** The record's headers as a dead letter: what KIP-1034 asks for, from where it was first read, and the tries it had. */
export function deadLetterHeaders(facts: FailureFacts): Headers {
  const kept = retryFacts(facts);
  const { error } = facts;
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const before = facts.record.headers.filter((header) => header.key !== RETRY_HEADERS.due);
  return setHeaders(before, {
    ...kept,
    [ERROR_HEADERS.exception]: kept[RETRY_HEADERS.exception] ?? '',
    [ERROR_HEADERS.message]: kept[RETRY_HEADERS.message] ?? '',
    [ERROR_HEADERS.stacktrace]: stack.slice(0, STACK_CHARS),
    [ERROR_HEADERS.topic]: kept[RETRY_HEADERS.topic] ?? '',
    [ERROR_HEADERS.partition]: kept[RETRY_HEADERS.partition] ?? '',
    [ERROR_HEADERS.offset]: kept[RETRY_HEADERS.offset] ?? '',
  });
}

/** Without the headers of a retry: the record is through, another retry further on counts from zero. */
export function withoutRetryHeaders(headers: Headers): Headers {
  if (!headers.some((header) => header.key.startsWith(PREFIX))) return headers;
  return headers.filter((header) => !header.key.startsWith(PREFIX));
}

function retryFacts({ record, error, attempt, nowMs }: FailureFacts): Record<string, string> {
  const kept = (key: string, otherwise: string | number): string =>
    headerText(record.headers, key) ?? String(otherwise);
  return {
    [RETRY_HEADERS.attempt]: String(attempt),
    [RETRY_HEADERS.first]: kept(RETRY_HEADERS.first, nowMs),
    [RETRY_HEADERS.topic]: kept(RETRY_HEADERS.topic, record.topic),
    [RETRY_HEADERS.partition]: kept(RETRY_HEADERS.partition, record.partition),
    [RETRY_HEADERS.offset]: kept(RETRY_HEADERS.offset, record.offset),
    [RETRY_HEADERS.timestamp]: kept(RETRY_HEADERS.timestamp, record.timestamp),
    [RETRY_HEADERS.exception]: classOf(error),
    [RETRY_HEADERS.message]: messageOf(error).slice(0, MESSAGE_CHARS),
  };
}

/** The error's class; of this library's errors the code, which says more. */
function classOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? `${error.name}:${error.code}` : error.name;
}

function numberIn(headers: Headers, key: string): number | undefined {
  const text = headerText(headers, key);
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
