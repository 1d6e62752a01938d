import { beforeAll, describe, expect, it } from 'vitest';
import { StreamsError } from '../../../src/core/errors.ts';
import { NO_HEADERS, type Headers } from '../../../src/core/record.ts';
import type { Compression } from '../../../src/kafka/client.ts';
import { BatchCursor, readBatchHeader, runEnd } from '../../../src/kafka/wire/record-batch-reader.ts';
import { BatchBuilder, type BatchBuilderOptions } from '../../../src/kafka/wire/record-batch-writer.ts';
import { crc32c } from '../../../src/kafka/wire/crc32c.ts';
import { prepareZstd } from '../../../src/kafka/wire/zstd.ts';

beforeAll(prepareZstd);

interface Row {
  offset?: number;
  key: string | null;
  value: string | null;
  timestamp: number;
  headers?: Headers;
}

function batch(baseOffset: number, rows: readonly Row[], options: BatchBuilderOptions = {}): Buffer {
  const builder = new BatchBuilder(options);
  builder.baseOffset = baseOffset;
  for (const row of rows) {
    builder.append(
      row.key === null ? null : Buffer.from(row.key),
      row.value === null ? null : Buffer.from(row.value),
      row.timestamp,
      row.headers ?? NO_HEADERS,
    );
  }
  return builder.build();
}

function rowsOf(cursor: BatchCursor): Row[] {
  const rows: Row[] = [];
  while (cursor.next()) {
    rows.push({
      offset: cursor.offset,
      key: cursor.key()?.toString() ?? null,
      value: cursor.value()?.toString() ?? null,
      timestamp: cursor.timestamp,
      headers: cursor.headers(),
    });
  }
  return rows;
}

/** What a coordinator appends at the end of a transaction. */
function controlBatch(offset: number, producerId: number, type: 'abort' | 'commit'): Buffer {
  const key = Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]);
  const builder = new BatchBuilder({ producerId, producerEpoch: 0, transactional: true });
  builder.baseOffset = offset;
  builder.append(key, Buffer.alloc(6), 5, NO_HEADERS);
  const bytes = builder.build();
  bytes.writeInt16BE(bytes.readInt16BE(21) | 0x20, 21);
  bytes.writeUInt32BE(crc32c(bytes, 21), 17);
  return bytes;
}

const one = (value: string): Row => ({ key: null, value, timestamp: 1 });
const values = (cursor: BatchCursor) => rowsOf(cursor).map((row) => row.value);

describe('a record batch', () => {
  const rows: Row[] = [
    { key: 'a', value: 'first', timestamp: 1_700_000_000_123 },
    { key: null, value: null, timestamp: 1_600_000_000_000 },
    { key: '', value: '', timestamp: 0 },
    {
      key: 'ü',
      value: 'x'.repeat(5000),
      timestamp: 1_700_000_000_124,
      headers: [
        { key: 'trace', value: Buffer.from('1') },
        { key: 'trace', value: null },
        { key: 'ñ', value: Buffer.alloc(300, 7) },
      ],
    },
  ];

  it.each<Compression>(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('comes back as it was written: %s', (compression) => {
    const read = rowsOf(new BatchCursor(batch(40, rows, { compression })));
    expect(read).toEqual(rows.map((row, i) => ({ headers: NO_HEADERS, ...row, offset: 40 + i })));
  });

  it.each<Compression>(['gzip', 'snappy', 'lz4', 'zstd'])(
    'becomes smaller with %s, over several blocks',
    (compression) => {
      const many = Array.from({ length: 3000 }, (_, i) => ({
        key: `k${i}`,
        value: 'the same text again',
        timestamp: i,
      }));
      const packed = batch(0, many, { compression });
      expect(packed.length).toBeLessThan(batch(0, many).length / 2);
      expect(rowsOf(new BatchCursor(packed))).toHaveLength(3000);
    },
  );

  it('has a header that says what it holds', () => {
    const bytes = batch(7, rows, {
      compression: 'gzip',
      producerId: 4_000_000_000,
      producerEpoch: 3,
      baseSequence: 12,
      transactional: true,
    });
    expect(readBatchHeader(bytes, 0)).toMatchObject({
      baseOffset: 7,
      length: bytes.length - 12,
      magic: 2,
      lastOffsetDelta: 3,
      baseTimestamp: 1_700_000_000_123,
      maxTimestamp: 1_700_000_000_124,
      producerId: 4_000_000_000,
      producerEpoch: 3,
      baseSequence: 12,
      count: 4,
      compression: 'gzip',
      isTransactional: true,
      isControl: false,
      timestampType: 'create',
    });
  });

  it('counts its records and bytes while it grows', () => {
    const builder = new BatchBuilder();
    expect([builder.count, builder.bytes]).toEqual([0, 61]);
    builder.append(null, Buffer.alloc(10_000), 1, NO_HEADERS);
    expect(builder.count).toBe(1);
    expect(builder.bytes).toBe(builder.build().length);
  });

  it('carries times far apart and negative offsets of time', () => {
    const times = [5, 2 ** 40, 0, 2 ** 52, -1];
    const bytes = batch(
      0,
      times.map((timestamp) => ({ key: null, value: 'v', timestamp })),
    );
    expect(rowsOf(new BatchCursor(bytes)).map((row) => row.timestamp)).toEqual(times);
  });
});

describe('BatchCursor', () => {
  it('walks several batches from the offset asked for', () => {
    const run = Buffer.concat([batch(0, [one('a'), one('b')]), batch(2, [one('c'), one('d')]), batch(10, [one('e')])]);
    expect(values(new BatchCursor(run))).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(values(new BatchCursor(run, { from: 3 }))).toEqual(['d', 'e']);
    expect(runEnd(run)).toEqual({ nextOffset: 11, bytes: run.length });
  });

  it('leaves out a last batch that is cut off, wherever the cut is', () => {
    const whole = batch(0, [one('a')]);
    const run = Buffer.concat([whole, batch(1, [one('b')])]);
    for (let cut = 1; cut < run.length - whole.length; cut++) {
      const part = run.subarray(0, run.length - cut);
      expect(values(new BatchCursor(part))).toEqual(['a']);
      expect(runEnd(part)).toEqual({ nextOffset: 1, bytes: whole.length });
    }
  });

  it('refuses a batch whose bytes changed', () => {
    const bytes = batch(3, [one('a'), one('b')]);
    bytes[70] = (bytes[70] ?? 0) ^ 1;
    expect(() => new BatchCursor(bytes).next()).toThrow(expect.objectContaining({ code: 'CORRUPT_RECORD' }));
  });

  it('goes on behind what is damaged: with the next record, or with the next batch', () => {
    const [first, last] = [batch(0, [one('a'), one('b')]), batch(4, [one('e')])];
    const read = (damaged: Buffer): (string | null)[] => {
      const cursor = new BatchCursor(Buffer.concat([first, damaged, last]));
      const seen: (string | null)[] = [];
      for (;;) {
        try {
          if (!cursor.next()) return seen;
          seen.push(String(cursor.value()));
        } catch (error) {
          seen.push(error instanceof StreamsError ? `${error.code} ${error.coordinates.offset}` : 'another error');
        }
      }
    };
    const checksum = batch(2, [one('c'), one('d')]);
    checksum[70] = (checksum[70] ?? 0) ^ 1;
    expect(read(checksum)).toEqual(['a', 'b', 'CORRUPT_RECORD 2', 'e']);

    const compressed = batch(2, [one('c'), one('d')], { compression: 'gzip' });
    compressed.fill(0xff, 61);
    compressed.writeUInt32BE(crc32c(compressed, 21), 17);
    expect(read(compressed)).toEqual(['a', 'b', 'CORRUPT_RECORD 2', 'e']);

    // The value's length of the first of two records: its fields run over its end, the next one is whole.
    const fields = batch(2, [one('c'), one('d')]);
    fields[66] = 0x20;
    fields.writeUInt32BE(crc32c(fields, 21), 17);
    expect(read(fields)).toEqual(['a', 'b', 'CORRUPT_RECORD 2', 'd', 'e']);
  });

  it('refuses an older format', () => {
    const bytes = batch(3, [one('a')]);
    bytes[16] = 1;
    expect(() => new BatchCursor(bytes).next()).toThrow(/format 1/);
  });

  it('refuses a batch whose record runs over its end, under a right checksum', () => {
    const bytes = batch(0, [one('a')]);
    bytes[61] = 0x7e;
    bytes.writeUInt32BE(crc32c(bytes, 21), 17);
    expect(() => new BatchCursor(bytes).next()).toThrow(expect.objectContaining({ code: 'CORRUPT_RECORD' }));
  });

  it('gives all records the time of the append when the broker sets it', () => {
    const bytes = batch(0, [one('a'), { ...one('b'), timestamp: 99 }]);
    bytes.writeInt16BE(0x08, 21);
    bytes.writeUInt32BE(crc32c(bytes, 21), 17);
    expect(rowsOf(new BatchCursor(bytes)).map((row) => row.timestamp)).toEqual([99, 99]);
  });

  it('skips control batches', () => {
    const run = Buffer.concat([batch(0, [one('a')]), controlBatch(1, 5, 'commit'), batch(2, [one('b')])]);
    expect(values(new BatchCursor(run))).toEqual(['a', 'b']);
    expect(runEnd(run).nextOffset).toBe(3);
  });

  it('skips the records of aborted transactions, and only those', () => {
    const of = (producerId: number) => ({ producerId, producerEpoch: 0, baseSequence: 0, transactional: true });
    const run = Buffer.concat([
      batch(0, [one('lost')], of(1)),
      batch(1, [one('kept')], of(2)),
      batch(2, [one('plain')]),
      batch(3, [one('lost too')], of(1)),
      controlBatch(4, 1, 'abort'),
      controlBatch(5, 2, 'commit'),
      batch(6, [one('next transaction')], of(1)),
      controlBatch(7, 1, 'commit'),
      batch(8, [one('aborted again')], of(1)),
      controlBatch(9, 1, 'abort'),
    ]);
    const aborted = [
      { producerId: 1, firstOffset: 8 },
      { producerId: 1, firstOffset: 0 },
    ];
    expect(values(new BatchCursor(run, { aborted }))).toEqual(['kept', 'plain', 'next transaction']);
    expect(values(new BatchCursor(run))).toHaveLength(6);
  });
});
