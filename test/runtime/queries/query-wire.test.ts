import { describe, expect, it } from 'vitest';
import { mergePositions, reaches } from '../../../src/runtime/queries/position.ts';
import { jsonValue, keyFromText, prefixFromText } from '../../../src/runtime/queries/json-values.ts';
import {
  decodeAnswer,
  decodeRequest,
  encodeRequest,
  MAX_LIMIT,
  MAX_WAIT_MS,
} from '../../../src/runtime/queries/query-wire.ts';
import type { QueryRequest } from '../../../src/runtime/queries/store-query.ts';
import { serdes } from '../../../src/serdes/serdes.ts';

const request: QueryRequest = {
  store: 'counts',
  partition: 3,
  query: { kind: 'range', from: Buffer.from([0, 255]), to: null, reverse: true },
  limit: 10,
  after: Buffer.from('x'),
  stale: { maxLag: 5 },
  atLeast: { in: { '3': 7 } },
  waitMs: 100,
};

describe('a query on the wire', () => {
  it('is the same after JSON', () => {
    const through = (one: QueryRequest): QueryRequest => decodeRequest(JSON.parse(JSON.stringify(encodeRequest(one))));
    expect(through(request)).toEqual(request);
    const bare: QueryRequest = { ...request, partition: null, after: null, stale: null, atLeast: null };
    expect(through(bare)).toEqual(bare);
    expect(through({ ...request, stale: { maxLag: null } }).stale).toEqual({ maxLag: null });
  });

  it('may not ask for more than an instance gives', () => {
    const greedy = decodeRequest(encodeRequest({ ...request, limit: 1e9, waitMs: 1e9 }));
    expect(greedy).toMatchObject({ limit: MAX_LIMIT, waitMs: MAX_WAIT_MS });
    expect(decodeRequest(encodeRequest({ ...request, limit: -1, waitMs: -1 }))).toMatchObject({ limit: 1, waitMs: 0 });
  });

  it('is refused when it is anything else', () => {
    const wire = encodeRequest(request);
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [null, /expected an object/],
      [[], /expected an object/],
      [{ ...wire, store: 1 }, /request\.store: expected a text/],
      [{ ...wire, partition: 1.5 }, /request\.partition: expected a whole number/],
      [{ ...wire, query: { kind: 'drop' } }, /does not know queries of drop/],
      [{ ...wire, query: { kind: 'constructor' } }, /does not know queries of constructor/],
      [{ ...wire, query: { kind: 'get' } }, /request\.query\.key: expected a text/],
      [{ ...wire, atLeast: { in: 3 } }, /request\.atLeast\.in: expected an object/],
    ];
    for (const [given, message] of wrong) {
      expect(() => decodeRequest(given)).toThrow(
        expect.objectContaining({ code: 'QUERY_INVALID', message: expect.stringMatching(message) }),
      );
    }
    expect(() => decodeAnswer({ entries: 1, position: {}, source: {} })).toThrow(/answer\.entries: expected a list/);
  });
});

describe('positions', () => {
  it('are merged to the further one', () => {
    const merged = mergePositions({ a: { '0': 1, '1': 9 } }, { a: { '0': 5 }, b: { '0': 0 } });
    expect(merged).toEqual({ a: { '0': 5, '1': 9 }, b: { '0': 0 } });
  });

  it('reach a bound in the partitions that they count', () => {
    const position = { a: { '1': 5 } };
    expect(reaches(position, {})).toBe('yes');
    expect(reaches(position, { a: { '0': 100, '1': 5 } })).toBe('yes');
    expect(reaches(position, { a: { '1': 6 } })).toBe('no');
    expect(reaches(position, { b: { '1': 0 } })).toEqual({ unknown: 'b' });
  });
});

describe('keys and values as text', () => {
  it('are read by the type of the key', () => {
    expect(keyFromText(serdes.string, '7')).toBe('7');
    expect(keyFromText(serdes.int64, '7')).toBe(7);
    expect(keyFromText(serdes.bigint64, '9007199254740993')).toBe(9007199254740993n);
    expect(keyFromText(serdes.bytes, 'AAE=')).toEqual(Buffer.from([0, 1]));
    expect(keyFromText(serdes.boolean, 'true')).toBe(true);
    expect(keyFromText(serdes.json(), '{"id":1}')).toEqual({ id: 1 });
    for (const [serde, text] of [
      [serdes.int64, 'x'],
      [serdes.int64, ''],
      [serdes.bigint64, '1.5'],
      [serdes.json(), '{'],
    ] as const) {
      expect(() => keyFromText(serde, text)).toThrow(expect.objectContaining({ code: 'QUERY_INVALID' }));
    }
    expect(prefixFromText(serdes.string, 'ä')).toEqual(Buffer.from('ä'));
    expect(() => prefixFromText(serdes.int64, '1')).toThrow(expect.objectContaining({ code: 'QUERY_INVALID' }));
  });

  it('are shown as JSON can', () => {
    const value = { big: 1n, bytes: Buffer.from([1]), map: new Map([['a', 2n]]), at: new Date(0), list: [null, 'x'] };
    expect(JSON.parse(JSON.stringify(jsonValue(value)))).toEqual({
      big: '1',
      bytes: 'AQ==',
      map: { a: '2' },
      at: '1970-01-01T00:00:00.000Z',
      list: [null, 'x'],
    });
  });
});
