import { StreamsError } from '../../core/errors.ts';

/** A row by its column names, as JSON has it: datetime and decimal are texts, dynamic is what it is. */
export type KustoRow = Readonly<Record<string, unknown>>;

interface Frame {
  readonly FrameType?: string;
  readonly TableKind?: string;
  readonly Columns?: readonly { readonly ColumnName: string }[];
  readonly Rows?: readonly unknown[];
  readonly HasErrors?: boolean;
  readonly Cancelled?: boolean;
  readonly OneApiErrors?: readonly OneApiError[];
}

interface OneApiError {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly '@message'?: string;
    readonly '@permanent'?: boolean;
  };
}

/** The answer is larger than the service gives in one: ask for less. */
export class AnswerTooLarge extends Error {}

/**
 * The rows of an answer of Kusto's REST interface, version 2 (frames, not progressive).
 *
 * An answer can begin well and end with an error, in its last frame or instead of a row, under the status 200: such rows
 * are a part of the truth only, and none of them is taken.
 *
 * @throws AnswerTooLarge, SOURCE_UNAVAILABLE, SOURCE_REFUSED
 */
export function rowsOf(text: string): KustoRow[] {
  const frames = parse(text);
  const errors = frames.flatMap(({ OneApiErrors: errors = [], Rows: rows = [] }) => [
    ...errors,
    ...rows.flatMap((row) => (Array.isArray(row) ? [] : ((row as Frame).OneApiErrors ?? [{}]))),
  ]);
  const end = frames.findLast(({ FrameType: type }) => type === 'DataSetCompletion');
  if (end === undefined) throw unavailable('the answer ends before its last frame');
  if (errors.length > 0 || end.HasErrors === true || end.Cancelled === true) throw failureOf(errors[0]);
  const table = frames.find(({ TableKind: kind }) => kind === 'PrimaryResult');
  if (table === undefined) throw unavailable('the answer has no table');
  const names = table.Columns?.map(({ ColumnName: name }) => name) ?? [];
  return (table.Rows ?? []).map((row) => {
    const values = row as readonly unknown[];
    return Object.fromEntries(names.map((name, i) => [name, values[i] ?? null]));
  });
}

/** What an error of the service means. */
export function failureOf({ error = {} }: OneApiError = {}): Error {
  const { code = '', '@permanent': permanent = false } = error;
  const reason = (error['@message'] ?? error.message ?? 'the query did not end well').split('\n', 1)[0] ?? '';
  if (/E_QUERY_RESULT_SET_TOO_LARGE|80DA0003/i.test(`${code} ${reason}`)) return new AnswerTooLarge(reason);
  return permanent ? new StreamsError('SOURCE_REFUSED', `${code}: ${reason}`) : unavailable(`${code}: ${reason}`);
}

function parse(text: string): readonly Frame[] {
  try {
    const frames: unknown = JSON.parse(text);
    if (Array.isArray(frames)) return frames as Frame[];
  } catch {
    // An answer that was cut is as good as none.
  }
  throw unavailable('the answer is not an array of frames');
}

function unavailable(reason: string): StreamsError {
  return new StreamsError('SOURCE_UNAVAILABLE', reason);
}
