import type * as api from '@opentelemetry/api';
import { type Headers, headerText, setHeaders } from '../../core/record.ts';

const TRACE_PARENT = 'traceparent';
const TRACE_STATE = 'tracestate';
/** W3C Trace Context, level 1: version, trace id, parent id, flags. Later versions may append fields. */
const FORMAT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 1;

/** The trace that a record belongs to; null where its headers name none, or one that cannot be read. */
export function readTraceParent(headers: Headers, sdk: typeof api): api.SpanContext | null {
  if (headers.length === 0) return null;
  const found = FORMAT.exec(headerText(headers, TRACE_PARENT) ?? '');
  const [, version = '', traceId = '', spanId = '', flags = '', more] = found ?? [];
  if (!found || version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  const state = headerText(headers, TRACE_STATE);
  return {
    traceId,
    spanId,
    traceFlags: parseInt(flags, 16) & SAMPLED,
    isRemote: true,
    ...(state === undefined ? {} : { traceState: sdk.createTraceState(state) }),
  };
}

export function writeTraceParent(
  headers: Headers,
  { traceId, spanId, traceFlags, traceState }: api.SpanContext,
): Headers {
  const flags = traceFlags.toString(16).padStart(2, '0');
  const state = traceState?.serialize() ?? '';
  const kept = state === '' ? headers.filter(({ key }) => key !== TRACE_STATE) : headers;
  return setHeaders(kept, {
    [TRACE_PARENT]: `00-${traceId}-${spanId}-${flags}`,
    ...(state === '' ? {} : { [TRACE_STATE]: state }),
  });
}

export function isSampled({ traceFlags }: api.SpanContext): boolean {
  return (traceFlags & SAMPLED) !== 0;
}
