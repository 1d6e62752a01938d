import type { StageStatus, StatusReport } from '../observe/status.ts';
import { span, type Line, type Span, type Style } from './styled.ts';

/** What a display shows that is not in the status of this moment. */
export interface ProgressView {
  /** What runs, and on what. */
  readonly title: string;
  /** Where the page is. */
  readonly url: string;
  /** Rates of each stage at the last looks, oldest first; for the small chart. */
  readonly history: ReadonlyMap<string, readonly number[]>;
  /** What there is to say about the run now, such as that the sample is through; may be several lines. */
  readonly notice: string | null;
  readonly width: number;
}

const STATE_STYLES: Readonly<Record<string, Style>> = { RUNNING: 'good', ERROR: 'bad', PENDING_ERROR: 'bad' };
const BARS = '▁▂▃▄▅▆▇█';
const GAP = 3;
const MOST_RESTORES = 6;

/** The display of a run: stages with rate and lag, tables, dead letters. */
export function progressLines(status: StatusReport, view: ProgressView): Line[] {
  const lines: Line[] = [
    [span(view.title, 'bold'), span(` · ${duration(status.uptimeMs)} · `, 'dim'), span(view.url, 'link')],
    [],
  ];
  const width = Math.max(...status.stages.map(({ name }) => name.length), 'dead letters'.length);
  lines.push([
    span(`  ${'stage'.padEnd(width)}  ${'state'.padEnd(15)}`, 'dim'),
    span(['records/s'.padStart(10), 'done'.padStart(11), 'behind'.padStart(9)].join(''), 'dim'),
  ]);
  for (const stage of status.stages) lines.push(stageLine(stage, width, view.history.get(stage.name) ?? []));
  lines.push(...restoreLines(status.stages));
  const tables = status.tables.map(({ name, rows }) => ({ name, count: rows, style: 'good' as const }));
  if (tables.length > 0) lines.push([], ...grid('tables, with their rows', tables, view.width));
  const dead = status.deadLetters.map(({ topic, records }) => ({ name: topic, count: records, style: 'bad' as const }));
  if (dead.length > 0) lines.push([], ...grid('dead letters', dead, view.width));
  if (view.notice !== null) lines.push([], ...view.notice.split('\n').map((text) => [span(`  ${text}`, 'bold')]));
  return lines;
}

function stageLine(stage: StageStatus, width: number, history: readonly number[]): Line {
  const style = STATE_STYLES[stage.state] ?? 'busy';
  return [
    span(`  ${stage.name.padEnd(width)}  `),
    span(`● ${stage.state.toLowerCase().replaceAll('_', ' ').padEnd(13)}`, style),
    span(count(stage.rate).padStart(10), stage.rate > 0 ? 'bold' : 'dim'),
    span(count(stage.processed).padStart(11)),
    span((stage.lag === null ? '?' : count(stage.lag)).padStart(9), stage.lag ? 'busy' : 'dim'),
    span(`  ${chart(history)}`, 'link'),
  ];
}

/** Stores that are read from their changelogs: the part of those with most to read, and how many more there are. */
function restoreLines(stages: readonly StageStatus[]): Line[] {
  const restores = stages
    .flatMap(({ tasks }) => tasks.flatMap(({ id, restoring }) => restoring.map((restore) => ({ id, ...restore }))))
    .sort((a, b) => b.remaining - a.remaining);
  if (restores.length === 0) return [];
  const named = restores
    .slice(0, MOST_RESTORES)
    .map((restore) => ({ ...restore, name: `${restore.store} ${restore.id}` }));
  const width = Math.max(...named.map(({ name }) => name.length));
  const left = restores.length - named.length;
  return [
    [],
    [span('  restoring stores', 'dim')],
    ...named.map(({ name, percent, rate, remaining }) => [
      span(`  ${name.padEnd(width)}  `),
      span(`${percent} %`.padStart(5), 'busy'),
      span(`${count(rate).padStart(11)} records/s`, rate > 0 ? 'bold' : 'dim'),
      span(`${count(remaining).padStart(12)} offsets left`, 'dim'),
    ]),
    ...(left > 0 ? [[span(`  and ${left} more`, 'dim')]] : []),
  ];
}

/** A bar for each of the rates, as high as it is beside the highest. */
function chart(rates: readonly number[]): string {
  const highest = Math.max(1, ...rates);
  return rates.map((rate) => (rate === 0 ? ' ' : BARS[Math.round((rate / highest) * (BARS.length - 1))])).join('');
}

interface Entry {
  readonly name: string;
  readonly count: number;
  readonly style: Style;
}

/** Names and counts below each other, in as many columns as the width takes. */
function grid(title: string, entries: readonly Entry[], width: number): Line[] {
  const name = Math.max(...entries.map((entry) => entry.name.length));
  const number = Math.max(...entries.map((entry) => count(entry.count).length), 3);
  const cell = name + 2 + number;
  const columns = Math.max(1, Math.floor((width - 2 + GAP) / (cell + GAP)));
  const rows = Math.ceil(entries.length / columns);
  const lines: Line[] = [[span(`  ${title}`, 'dim')]];
  for (let row = 0; row < rows; row++) {
    const line: Span[] = [];
    for (let at = row; at < entries.length; at += rows) {
      const entry = entries[at];
      if (!entry) break;
      line.push(span(`${at === row ? '  ' : ' '.repeat(GAP)}${entry.name.padEnd(name)}  `));
      line.push(span(count(entry.count).padStart(number), entry.count > 0 ? entry.style : 'dim'));
    }
    lines.push(line);
  }
  return lines;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function duration(ms: number): string {
  const all = Math.floor(ms / 1000);
  return all < 60 ? `${all} s` : `${Math.floor(all / 60)} min ${all % 60} s`;
}
