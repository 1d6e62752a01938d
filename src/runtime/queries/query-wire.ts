import { ERROR_CODES, type ErrorCode, messageOf, StreamsError } from '../../core/errors.ts';
import type { Position } from './position.ts';
import type { AnswerEntry, QueryAnswer, QueryPort, QueryRequest, StoreQuery } from './store-query.ts';
import { readRecord, type WireReader } from './wire-reader.ts';

/** Entries in one answer at most, whoever asks. */
export const MAX_LIMIT = 10_000;
/** Nobody waits longer for a position than this, in ms. */
export const MAX_WAIT_MS = 60_000;

/** What a query has beside its kind: bytes, times, or flags. `?` may be null. */
const FIELDS: Readonly<Record<StoreQuery['kind'], Readonly<Record<string, 'bytes' | 'bytes?' | 'time' | 'flag'>>>> = {
  get: { key: 'bytes' },
  range: { from: 'bytes?', to: 'bytes?', reverse: 'flag' },
  prefix: { prefix: 'bytes' },
  count: {},
  fetch: { key: 'bytes', from: 'time', to: 'time' },
  fetchAll: { from: 'time', to: 'time' },
  sessions: { key: 'bytes', earliestEnd: 'time', latestStart: 'time' },
  sessionsByEnd: { earliestEnd: 'time', latestEnd: 'time' },
  getAsOf: { key: 'bytes', asOf: 'time' },
  versions: { key: 'bytes', from: 'time', to: 'time' },
};

/** A request as JSON can carry it: bytes are base64. */
export function encodeRequest({ query, after, ...request }: QueryRequest): object {
  return { ...request, query: withText(query), after: text(after) };
}

/** @throws QUERY_INVALID */
export function decodeRequest(wire: unknown): QueryRequest {
  const at = readRecord(wire, 'request');
  const stale = at.optional('stale');
  return {
    store: at.string('store'),
    partition: at.has('partition') ? at.whole('partition') : null,
    query: decodeQuery(at.record('query')),
    limit: Math.min(MAX_LIMIT, Math.max(1, at.whole('limit'))),
    after: at.has('after') ? at.bytes('after') : null,
    stale: stale && { maxLag: stale.has('maxLag') ? stale.whole('maxLag') : null },
    atLeast: at.has('atLeast') ? decodePosition(at.record('atLeast')) : null,
    waitMs: Math.min(MAX_WAIT_MS, Math.max(0, at.whole('waitMs'))),
  };
}

export function encodeAnswer({ entries, after, ...answer }: QueryAnswer): object {
  return { ...answer, after: text(after), entries: entries.map(withText) };
}

/** @throws QUERY_INVALID */
export function decodeAnswer(wire: unknown): QueryAnswer {
  const at = readRecord(wire, 'answer');
  const source = at.record('source');
  return {
    entries: at.list('entries').map(decodeEntry),
    count: at.has('count') ? at.whole('count') : null,
    after: at.has('after') ? at.bytes('after') : null,
    position: decodePosition(at.record('position')),
    source: {
      task: source.string('task'),
      role: source.string('role') === 'standby' ? 'standby' : 'active',
      lag: source.whole('lag'),
    },
  };
}

/** The far end: answers what {@link askOver} sent, errors included. Never rejects. */
export async function answerWire(port: QueryPort, wire: unknown): Promise<object> {
  try {
    return { answer: encodeAnswer(await port.ask(decodeRequest(wire))) };
  } catch (error) {
    const code: ErrorCode = error instanceof StreamsError ? error.code : 'ILLEGAL_STATE';
    return { error: { code, message: messageOf(error) } };
  }
}

/** The near end: a port to whoever `call` reaches. What it answers was made by {@link answerWire}. */
export function askOver(call: (wire: object, request: QueryRequest) => Promise<unknown>): QueryPort {
  return {
    ask: async (request) => {
      const at = readRecord(await call(encodeRequest(request), request), 'answer');
      const error = at.optional('error');
      if (error === null) return decodeAnswer(at.value('answer'));
      const code = error.string('code');
      throw new StreamsError(code in ERROR_CODES ? (code as ErrorCode) : 'QUERY_INVALID', error.string('message'));
    },
  };
}

function decodeQuery(at: WireReader): StoreQuery {
  const kind = at.string('kind');
  const fields = Object.hasOwn(FIELDS, kind) ? FIELDS[kind as StoreQuery['kind']] : undefined;
  if (fields === undefined) throw new StreamsError('QUERY_INVALID', `this instance does not know queries of ${kind}`);
  const values = Object.entries(fields).map(([name, type]) => {
    if (type === 'flag') return [name, at.value(name) === true] as const;
    if (type === 'time') return [name, at.whole(name)] as const;
    return [name, type === 'bytes?' && !at.has(name) ? null : at.bytes(name)] as const;
  });
  return { kind, ...Object.fromEntries(values) } as StoreQuery;
}

function decodeEntry(wire: unknown): AnswerEntry {
  const at = readRecord(wire, 'entry');
  const window = at.optional('window');
  return {
    key: at.bytes('key'),
    value: at.bytes('value'),
    timestamp: at.has('timestamp') ? at.whole('timestamp') : null,
    window: window && { start: window.whole('start'), end: window.whole('end') },
    validTo: at.has('validTo') ? at.whole('validTo') : null,
  };
}

function decodePosition(at: WireReader): Position {
  return Object.fromEntries(
    at.names().map((topic) => {
      const offsets = at.record(topic);
      return [topic, Object.fromEntries(offsets.names().map((partition) => [partition, offsets.whole(partition)]))];
    }),
  );
}

function withText(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, Buffer.isBuffer(part) ? text(part) : part]),
  );
}

function text(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('base64');
}
