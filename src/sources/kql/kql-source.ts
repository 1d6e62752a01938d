import { type Clock, systemClock } from '../../core/clock.ts';
import { StreamsError } from '../../core/errors.ts';
import type { Logger } from '../../observe/logger.ts';
import type { SourceBatch, SourceConnector, SourceReader, SourceRecord, SourceState } from '../source.ts';
import { AnswerTooLarge, type KustoRow } from './kusto-answer.ts';
import { type KustoClient, kustoClient, type KustoOptions } from './kusto-client.ts';
import { CURSOR, ID, pageQuery, type Place } from './page-query.ts';
import { SeenIds } from './seen-ids.ts';

export interface KqlSourceOptions<K, V> extends KustoOptions {
  /**
   * Tabular expression of KQL: a table, with filters (`Events | where kind == "claimx"`). Without a cursor column it must
   * keep the table's rows (no project, summarize or join), or `ingestion_time()` is lost.
   */
  readonly query: string;
  /** Column that makes a row the same. */
  readonly id: string;
  /** Datetime column that grows as rows come in (default: Kusto's `ingestion_time()`). Rows without a value are not read. */
  readonly cursor?: string;
  /** Where a source begins that has no position yet: a datetime in UTC, or `now` (default). */
  readonly start?: string;
  /** Rows become visible a little after their time: nothing younger than this is read, in ms (default 5,000). */
  readonly settleMs?: number;
  /** Each window begins so long before the end of the last one, for rows that came late, in ms (default 120,000). */
  readonly overlapMs?: number;
  /** One window is at most this long, in ms (default 600,000): what a backfill asks for at a time. */
  readonly windowMs?: number;
  /** Nothing older than this is read; what is skipped so is logged. In ms (default: no limit). */
  readonly maxBackfillMs?: number;
  /** Rows of one query and of one transaction (default 5,000, at most 50,000). */
  readonly pageRows?: number;
  /** The record of a row and its cursor (a datetime in UTC); null leaves it out. */
  readonly record: (row: KustoRow, cursor: string) => SourceRecord<K, V> | null;
  readonly clock?: Clock;
}

const POSITION = 'position';

/** What is stored under {@link POSITION}. */
interface Position {
  /** Everything before it was read. */
  readonly done: string;
  /** The window that is being read, and the last row of it. */
  readonly window: { readonly from: string; readonly to: string; readonly after: Place } | null;
}

/**
 * Reads a table of Eventhouse (Kusto) as it grows: window after window of the cursor, each in pages ordered by cursor and
 * id. A window overlaps the one before, and rows of the overlap that were seen are dropped by id.
 *
 * @throws CONFIG_INVALID
 */
export function kqlSource<K, V>(options: KqlSourceOptions<K, V>): SourceConnector<K, V> {
  const { pageRows = 5_000, overlapMs = 120_000, windowMs = 600_000, start } = options;
  if (!(pageRows >= 1 && pageRows <= 50_000)) throw new StreamsError('CONFIG_INVALID', 'pageRows is 1 to 50,000');
  if (windowMs < 1) throw new StreamsError('CONFIG_INVALID', 'windowMs is not positive');
  if (overlapMs < 0) throw new StreamsError('CONFIG_INVALID', 'overlapMs is negative');
  if (start !== undefined && start !== 'now' && !/^\d{4}-.*Z$/.test(start)) {
    throw new StreamsError('CONFIG_INVALID', 'start is neither "now" nor a datetime in UTC (2026-01-31T00:00:00Z)');
  }
  return {
    description: `kql ${options.database} in ${options.cluster}`,
    open: (state, logger) =>
      new KqlReader({ ...options, pageRows, overlapMs, windowMs }, kustoClient(options), state, logger),
  };
}

type Settings<K, V> = KqlSourceOptions<K, V> &
  Required<Pick<KqlSourceOptions<K, V>, 'pageRows' | 'overlapMs' | 'windowMs'>>;

class KqlReader<K, V> implements SourceReader<K, V> {
  readonly #settings: Settings<K, V>;
  readonly #client: KustoClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #seen: SeenIds;
  #position: Position;
  #stored: boolean;
  #pageRows: number;

  constructor(settings: Settings<K, V>, client: KustoClient, state: SourceState, logger: Logger) {
    this.#settings = settings;
    this.#client = client;
    this.#clock = settings.clock ?? systemClock;
    this.#logger = logger;
    this.#seen = new SeenIds(state);
    this.#pageRows = settings.pageRows;
    const stored = state.get(POSITION);
    this.#stored = stored !== undefined;
    const { start = 'now' } = settings;
    this.#position = stored
      ? (JSON.parse(stored.toString('utf8')) as Position)
      : { done: start === 'now' ? printed(this.#clock.now()) : start, window: null };
  }

  async poll(signal: AbortSignal): Promise<SourceBatch<K, V>> {
    const { settleMs = 5_000, overlapMs, windowMs } = this.#settings;
    const newest = this.#clock.now() - settleMs;
    this.#skipOld();
    const { done, window } = this.#position;
    const doneMs = Date.parse(done);
    const from = window?.from ?? printed(doneMs - overlapMs);
    const to = window?.to ?? printed(Math.min(doneMs + windowMs, newest));
    const changes = new Map<string, Buffer | null>();
    if (Date.parse(to) <= doneMs) {
      // The first position is kept at once: `now` means the time of the first start, not of a later one.
      if (!this.#stored) this.#store(this.#position, changes);
      return { records: [], state: changes, more: false, behindMs: 0 };
    }

    const rows = await this.#page(from, to, window?.after ?? null, signal);
    const records = this.#fresh(rows, Date.parse(to) - overlapMs, changes);
    const last = rows.at(-1);
    if (last !== undefined && rows.length >= this.#pageRows) {
      this.#store({ done, window: { from, to, after: placeOf(last) } }, changes);
    } else {
      this.#store({ done: to, window: null }, changes);
      this.#seen.forget(Date.parse(to) - overlapMs, changes);
      this.#pageRows = this.#settings.pageRows;
    }
    const more = this.#position.window !== null || Date.parse(this.#position.done) < newest;
    return {
      records,
      state: changes,
      more,
      behindMs: Math.max(0, this.#clock.now() - Date.parse(this.#position.done)),
    };
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** Half as many rows when they are too large for one answer; one row must fit. */
  async #page(from: string, to: string, after: Place | null, signal: AbortSignal): Promise<KustoRow[]> {
    const { query, id, cursor = null } = this.#settings;
    for (;;) {
      const asked = { query, idColumn: id, cursorColumn: cursor, from, to, after, rows: this.#pageRows };
      try {
        return await this.#client.query(pageQuery(asked), signal);
      } catch (error) {
        if (!(error instanceof AnswerTooLarge)) throw error;
        if (this.#pageRows === 1) throw new StreamsError('SOURCE_REFUSED', `a row is too large: ${error.message}`);
        this.#pageRows = Math.ceil(this.#pageRows / 2);
      }
    }
  }

  /** Records of rows that are new; of those that the next window reads again, the ids are kept. */
  #fresh(rows: readonly KustoRow[], againFromMs: number, changes: Map<string, Buffer | null>): SourceRecord<K, V>[] {
    const records: SourceRecord<K, V>[] = [];
    const inPage = new Set<string>();
    const again: string[] = [];
    let newestMs = 0;
    for (const row of rows) {
      const { cursor, id } = placeOf(row);
      if (this.#seen.has(id) || inPage.has(id)) continue;
      inPage.add(id);
      const cursorMs = Date.parse(cursor);
      if (cursorMs >= againFromMs) {
        again.push(id);
        newestMs = Math.max(newestMs, cursorMs);
      }
      const { [CURSOR]: _cursor, [ID]: _id, ...own } = row;
      const record = this.#settings.record(own, cursor);
      if (record !== null) records.push(record);
    }
    this.#seen.add(again, newestMs, changes);
    return records;
  }

  #skipOld(): void {
    const { maxBackfillMs } = this.#settings;
    if (maxBackfillMs === undefined || this.#position.window !== null) return;
    const oldest = this.#clock.now() - maxBackfillMs;
    if (Date.parse(this.#position.done) >= oldest) return;
    const to = printed(oldest);
    this.#logger.warn({ from: this.#position.done, to }, 'rows are skipped: they are older than maxBackfillMs');
    this.#position = { done: to, window: null };
  }

  #store(position: Position, changes: Map<string, Buffer | null>): void {
    this.#position = position;
    this.#stored = true;
    changes.set(POSITION, Buffer.from(JSON.stringify(position)));
  }
}

function placeOf(row: KustoRow): Place {
  const { [CURSOR]: cursor, [ID]: id } = row;
  if (typeof cursor === 'string' && typeof id === 'string') return { cursor, id };
  throw new StreamsError('SOURCE_REFUSED', 'a row has no id or no cursor that can be read');
}

function printed(ms: number): string {
  return new Date(ms).toISOString();
}
