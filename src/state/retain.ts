import type { RecordContext } from '../core/record.ts';
import { withHeaders } from '../core/record.ts';

/** A view of more than this is copied before it is kept: it may be a few bytes of a fetched chunk of a megabyte. */
const LARGE_BYTES = 64 * 1024;

/** The value in a form that may be kept for long: bytes that are a small view of a large buffer are copied. */
export function retainValue<T>(value: T): T {
  if (
    !Buffer.isBuffer(value) ||
    value.buffer.byteLength <= LARGE_BYTES ||
    value.buffer.byteLength <= value.length * 2
  ) {
    return value;
  }
  return Buffer.from(value) as T & Buffer;
}

/** The record in a form that may be kept for long: header values no longer pin the chunk they came in. */
export function retainRecord(record: RecordContext): RecordContext {
  if (record.headers.length === 0) return record;
  return withHeaders(
    record,
    record.headers.map(({ key, value }) => ({ key, value: retainValue(value) })),
  );
}
