import { StreamsError } from '../../core/errors.ts';

/** What to read: a window of the cursor, from a place in it on. */
export interface PageQuery {
  /** Tabular expression: a table, with filters. */
  readonly query: string;
  /** A datetime column; null: `ingestion_time()`. */
  readonly cursorColumn: string | null;
  readonly idColumn: string;
  /** Inclusive, and exclusive. Datetimes as Kusto prints them. */
  readonly from: string;
  readonly to: string;
  /** The last row that was read of this window. */
  readonly after: Place | null;
  readonly rows: number;
}

/** A row's place in the order of reading. */
export interface Place {
  readonly cursor: string;
  readonly id: string;
}

/** Columns that are added to each row. */
export const CURSOR = 'poll_cursor';
export const ID = 'poll_id';

/**
 * One page: ordered by the cursor and then by id, since all rows of one ingestion may have the same time. What comes
 * after a place is asked for by value, so a page is the same however often it is asked for.
 */
export function pageQuery({ query, cursorColumn, idColumn, from, to, after, rows }: PageQuery): string {
  const cursor = cursorColumn === null ? 'ingestion_time()' : column(cursorColumn);
  const steps = [
    query.trim().replace(/;+$/, ''),
    `extend ${CURSOR} = ${cursor}, ${ID} = tostring(${column(idColumn)})`,
    `where ${CURSOR} >= ${datetime(from)} and ${CURSOR} < ${datetime(to)}`,
  ];
  if (after !== null) {
    const at = datetime(after.cursor);
    steps.push(`where ${CURSOR} > ${at} or (${CURSOR} == ${at} and strcmp(${ID}, ${text(after.id)}) > 0)`);
  }
  steps.push(`order by ${CURSOR} asc, ${ID} asc`, `take ${rows}`);
  return steps.join('\n| ');
}

/** @throws CONFIG_INVALID: nothing but a date may get into a query here */
function datetime(value: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$/.test(value)) return `datetime(${value})`;
  throw new StreamsError('CONFIG_INVALID', 'the cursor of a KQL source is not a datetime in UTC');
}

function column(name: string): string {
  return `[${text(name)}]`;
}

/** A literal of KQL: its escapes are those of JSON. */
function text(value: string): string {
  return JSON.stringify(value);
}
