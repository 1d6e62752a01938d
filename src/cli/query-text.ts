/** What `/stores` and the paths under it answer, as far as it is printed. */
export interface StoreAnswer {
  readonly error?: { readonly code: string; readonly message: string };
  readonly stores?: readonly StoreLine[];
  readonly entries?: readonly EntryLine[];
  /** Where a list goes on. */
  readonly after?: string | null;
  readonly key?: unknown;
  readonly value?: unknown;
}

interface StoreLine {
  readonly app: string;
  readonly store: string;
  readonly kind: string;
  readonly key: string;
  readonly value: string;
  readonly partitions: readonly { readonly partition: number; readonly activeHost: string | null }[];
  readonly here: readonly { readonly task: string; readonly role: string }[];
}

interface EntryLine {
  readonly key: unknown;
  readonly value: unknown;
  readonly timestamp: number | null;
  readonly window?: { readonly start: number; readonly end: number };
  readonly validTo?: number;
  readonly source: { readonly host: string | null; readonly task: string; readonly role: string; readonly lag: number };
}

/** An answer as a table, for `topology query`. */
export function showAnswer(answer: StoreAnswer): string {
  const { error, stores, entries, after } = answer;
  if (error !== undefined) return `${error.message}\n`;
  if (stores !== undefined) {
    if (stores.length === 0) return 'no stores that can be read\n';
    return columns(['store', 'kind', 'key', 'value', 'application', 'tasks here'], stores.map(storeCells));
  }
  if (entries === undefined) return entryTable([answer as EntryLine]);
  if (entries.length === 0) return 'nothing\n';
  const more = typeof after === 'string' ? `more with --after ${after}\n` : '';
  return `${entryTable(entries)}${more}`;
}

function storeCells({ store, kind, key, value, app, partitions, here }: StoreLine): string[] {
  const tasks = here.map(({ task, role }) => (role === 'active' ? task : `${task} (${role})`)).join(' ') || 'none';
  const of = partitions.length === 0 ? 'global' : `${tasks} of ${partitions.length}`;
  return [store, kind, key, value, app, of];
}

function entryTable(entries: readonly EntryLine[]): string {
  const windowed = entries.some(({ window }) => window !== undefined);
  const cells = entries.map((entry) => [
    text(entry.key),
    ...(windowed ? [`${time(entry.window?.start ?? null)} – ${time(entry.window?.end ?? null)}`] : []),
    time(entry.timestamp) + (entry.validTo === undefined ? '' : ` – ${time(entry.validTo)}`),
    sourceText(entry.source),
    text(entry.value),
  ]);
  return columns(['key', ...(windowed ? ['window'] : []), 'time', 'from', 'value'], cells);
}

function sourceText({ host, task, role, lag }: EntryLine['source']): string {
  return `${role} ${task}${lag === 0 ? '' : `, ${lag} behind`}${host === null ? '' : ` at ${host}`}`;
}

function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return `${[head, ...rows].map(line).join('\n')}\n`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function time(at: number | null): string {
  return at === null ? '–' : Math.abs(at) > 8.64e15 ? String(at) : new Date(at).toISOString();
}
