import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/observe/logger.ts';
import { kqlSource, type KqlSourceOptions } from '../../../src/sources/kql/kql-source.ts';
import type { SourceReader } from '../../../src/sources/source.ts';
import { FakeKusto } from './fake-kusto.ts';

const NOON = Date.parse('2026-03-01T12:00:00Z');
const iso = (ms: number): string => new Date(ms).toISOString();
const signal = new AbortController().signal;

describe('a KQL source', () => {
  let kusto: FakeKusto;
  let clock: ManualClock;
  let state: Map<string, Buffer>;
  const readers: SourceReader[] = [];
  beforeEach(async () => {
    kusto = await FakeKusto.start();
    clock = new ManualClock(NOON);
    state = new Map();
  });
  afterEach(async () => {
    for (const reader of readers.splice(0)) await reader.close();
    await kusto.close();
  });

  const open = (options: Partial<KqlSourceOptions<string, unknown>> = {}): SourceReader<string> => {
    const reader = kqlSource<string, unknown>({
      cluster: kusto.url,
      database: 'claims',
      credential: { getToken: async (scopes) => ({ token: `for ${String(scopes)}`, expiresOnTimestamp: Infinity }) },
      query: 'Events',
      id: 'event_id',
      start: '2026-03-01T10:00:00Z',
      pageRows: 3,
      windowMs: 3_600_000,
      retry: { baseMs: 1, sleep: async () => undefined },
      record: (row) => ({ key: String(row['event_id']), value: row, timestamp: 0 }),
      clock,
      ...options,
    }).open(new Map(state), silentLogger);
    readers.push(reader);
    return reader;
  };
  /** Polls until there is no more, keeping the state as a runner would. */
  const drain = async (reader: SourceReader<string>, polls = 100): Promise<string[]> => {
    const keys: string[] = [];
    for (let i = 0; i < polls; i++) {
      const batch = await reader.poll(signal);
      for (const [name, bytes] of batch.state) {
        if (bytes) state.set(name, bytes);
        else state.delete(name);
      }
      keys.push(...batch.records.map(({ key }) => String(key)));
      if (!batch.more) break;
    }
    return keys;
  };
  const ingest = (at: string, ...ids: readonly string[]): void => {
    for (const id of ids) kusto.rows.push({ at, row: { event_id: id, n: 1 } });
  };

  it('reads rows in order, in pages, many at the same tick included', async () => {
    ingest('2026-03-01T10:30:00.1234567Z', 'b', 'a', 'e', 'd', 'c', 'quote " and \\', 'é');
    ingest('2026-03-01T10:30:00.1234568Z', 'f');
    ingest('2026-03-01T11:30:00Z', 'g');
    expect(await drain(open())).toEqual(['a', 'b', 'c', 'd', 'e', 'quote " and \\', 'é', 'f', 'g']);
    expect(kusto.lastRequest?.headers.authorization).toBe(`Bearer for ${kusto.url}/.default`);
    expect(kusto.lastRequest?.body).toMatchObject({ db: 'claims' });
  });

  it('goes on from its state, in the middle of a window too', async () => {
    ingest('2026-03-01T10:30:00Z', 'a', 'b', 'c', 'd', 'e', 'f', 'g');
    expect(await drain(open(), 2)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(await drain(open())).toEqual(['g']);
    clock.advance(60_000);
    expect(await drain(open())).toEqual([]);
  });

  it('brings rows that became visible late, once, and no other twice', async () => {
    const reader = open();
    ingest('2026-03-01T11:59:30Z', 'a', 'b');
    expect(await drain(reader)).toEqual(['a', 'b']);
    ingest('2026-03-01T11:59:10Z', 'late');
    clock.advance(30_000);
    ingest(iso(NOON + 10_000), 'c');
    expect(await drain(reader)).toEqual(['late', 'c']);
    clock.advance(30_000);
    expect(await drain(open())).toEqual([]);
  });

  it('forgets ids that no window reads again', async () => {
    const reader = open();
    for (let minute = 0; minute < 20; minute++) {
      ingest(iso(clock.now() - 10_000), `${minute}a`, `${minute}b`);
      await drain(reader);
      clock.advance(60_000);
    }
    expect([...state.keys()].filter((name) => name.startsWith('seen/')).length).toBeLessThanOrEqual(4);
    expect(new Set(await drain(open({ start: 'now' })))).toEqual(new Set());
  });

  it('asks for a window at a time of a long past, and for nothing that may still move', async () => {
    await drain(open({ windowMs: 1_800_000, overlapMs: 0, settleMs: 5_000 }));
    const windows = kusto.queries.map((query) => /datetime\(([^)]+)\) and .*datetime\(([^)]+)\)/.exec(query)?.slice(1));
    expect(windows).toEqual([
      ['2026-03-01T10:00:00.000Z', '2026-03-01T10:30:00.000Z'],
      ['2026-03-01T10:30:00.000Z', '2026-03-01T11:00:00.000Z'],
      ['2026-03-01T11:00:00.000Z', '2026-03-01T11:30:00.000Z'],
      ['2026-03-01T11:30:00.000Z', '2026-03-01T11:59:55.000Z'],
    ]);
  });

  it('keeps the time of its first start, and skips what is older than the backfill allows', async () => {
    await drain(open({ start: 'now' }));
    clock.advance(3_600_000);
    ingest(iso(NOON + 60_000), 'after the first start');
    expect(await drain(open({ start: 'now' }))).toEqual(['after the first start']);
    clock.advance(10 * 3_600_000);
    ingest(iso(NOON + 2 * 3_600_000), 'too old');
    ingest(iso(clock.now() - 60_000), 'young');
    expect(await drain(open({ start: 'now', maxBackfillMs: 3_600_000 }))).toEqual(['young']);
  });

  it('takes all or nothing when answers break', async () => {
    ingest('2026-03-01T10:30:00Z', 'a', 'b', 'c', 'd');
    kusto.faults.push({ partial: true }, { cut: 'body' }, null, { cut: 'connection' }, { status: 503 });
    expect(await drain(open())).toEqual(['a', 'b', 'c', 'd']);
    expect(kusto.faults).toEqual([]);
  });

  it('asks for fewer rows when they are too large for one answer', async () => {
    ingest('2026-03-01T10:30:00Z', 'a', 'b', 'c', 'd', 'e');
    kusto.maxRows = 1;
    expect(await drain(open({ pageRows: 8 }))).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('waits as Retry-After says', async () => {
    const pauses: number[] = [];
    kusto.faults.push({ status: 429, retryAfter: '9' });
    await drain(open({ retry: { sleep: async (ms) => void pauses.push(ms) } }));
    expect(pauses).toEqual([9000]);
  });

  it('says what failed, and whether waiting helps', async () => {
    const failures = [
      [{ status: 503 }, { code: 'SOURCE_UNAVAILABLE', retriable: true }],
      [{ partial: true }, { code: 'SOURCE_UNAVAILABLE', retriable: true }],
      [
        { status: 400, error: { code: 'SEM0100', permanent: true } },
        { code: 'SOURCE_REFUSED', retriable: false },
      ],
      [{ status: 403 }, { code: 'AUTH_FAILED', retriable: false }],
    ] as const;
    ingest('2026-03-01T10:30:00Z', 'a', 'b');
    for (const [fault, error] of failures) {
      kusto.faults.splice(0, Infinity, fault, fault, fault);
      await expect(open().poll(signal)).rejects.toMatchObject(error);
    }
  });

  it('stops asking while the service is down', async () => {
    const reader = open({ breaker: { failureThreshold: 3, resetMs: 60_000 } });
    kusto.faults.push(...Array.from({ length: 9 }, () => ({ status: 503 })));
    for (let i = 0; i < 3; i++) await expect(reader.poll(signal)).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
    expect(kusto.queries).toHaveLength(3);
  });

  it.each([
    ['a cluster without encryption', { cluster: 'http://claims.kusto.windows.net' }],
    ['a start that is no time', { start: 'yesterday' }],
    ['no rows', { pageRows: 0 }],
  ])('refuses %s', (_what, options) => {
    expect(() => open(options)).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
