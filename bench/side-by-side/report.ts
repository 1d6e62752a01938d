import type { SideBySideCase } from './cases.ts';
import type { Figures } from './measure-round.ts';

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** One round: this library and the other, one right after the other. */
export interface Pair {
  readonly here: Figures;
  readonly there: Figures;
}

/** Ratios are this library's figure over the other's, pair by pair. */
export interface CaseReport {
  readonly case: string;
  readonly against: string;
  readonly ratioSpeed: Spread;
  readonly ratioCpu: Spread;
  readonly ratioRss: Spread;
  readonly ratioToRunning: Spread;
  /** Of latencies: this library's over the other's. */
  readonly ratioP50?: Spread;
  readonly ratioP99?: Spread;
  readonly ratioP999?: Spread;
  readonly rounds: readonly Pair[];
}

export function reportCase(name: string, against: string, rounds: readonly Pair[]): CaseReport {
  const ratio = (figure: (figures: Figures) => number): Spread =>
    spreadOf(rounds.map(({ here, there }) => figure(here) / figure(there)));
  const withLatency = rounds.every(({ here, there }) => here.latency !== null && there.latency !== null);
  return {
    case: name,
    against,
    ratioSpeed: ratio(({ speed }) => speed),
    ratioCpu: ratio(({ cpuSecondsPerMillion }) => cpuSecondsPerMillion),
    ratioRss: ratio(({ peakRssMb }) => peakRssMb),
    ratioToRunning: ratio(({ secondsToRunning }) => secondsToRunning),
    ...(withLatency && {
      ratioP50: ratio(({ latency }) => latency?.p50Ms ?? Number.NaN),
      ratioP99: ratio(({ latency }) => latency?.p99Ms ?? Number.NaN),
      ratioP999: ratio(({ latency }) => latency?.p999Ms ?? Number.NaN),
    }),
    rounds,
  };
}

export function spreadOf(numbers: readonly number[]): Spread {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const [below = Number.NaN, above = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return { min: sorted[0] ?? Number.NaN, median: (below + above) / 2, max: sorted.at(-1) ?? Number.NaN };
}

const COLUMNS = [
  'case',
  'here /s',
  'there /s',
  'speed (min-max)',
  'goal',
  'CPU s/M here',
  'there',
  'CPU (min-max)',
  'RSS MB here',
  'there',
  'RSS (min-max)',
  's to running here',
  'there',
  'to running (min-max)',
];

/** A table in Markdown, which reads well in a terminal too. */
export function tableOf(reports: readonly CaseReport[], cases: readonly SideBySideCase[]): string {
  const rows = reports.map((report) => [
    report.against === 'Kafka Streams' ? report.case : `${report.case} (against ${report.against})`,
    speedText(report, 'here'),
    speedText(report, 'there'),
    ratioText(report.ratioSpeed),
    goalText(cases.find(({ name }) => name === report.case)?.goal),
    medianText(report, 'here', ({ cpuSecondsPerMillion }) => cpuSecondsPerMillion.toFixed(1)),
    medianText(report, 'there', ({ cpuSecondsPerMillion }) => cpuSecondsPerMillion.toFixed(1)),
    ratioText(report.ratioCpu),
    medianText(report, 'here', ({ peakRssMb }) => String(peakRssMb)),
    medianText(report, 'there', ({ peakRssMb }) => String(peakRssMb)),
    ratioText(report.ratioRss),
    medianText(report, 'here', ({ secondsToRunning }) => secondsToRunning.toFixed(2)),
    medianText(report, 'there', ({ secondsToRunning }) => secondsToRunning.toFixed(2)),
    ratioText(report.ratioToRunning),
  ]);
  const widths = COLUMNS.map((column, i) => Math.max(column.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  const latencies = reports.flatMap(latencyLines);
  return [line(COLUMNS), rule, ...rows.map(line), ...(latencies.length > 0 ? ['', ...latencies] : []), ''].join('\n');
}

/** The round whose figure is in the middle. */
function medianText(report: CaseReport, side: keyof Pair, text: (figures: Figures) => string): string {
  const texts = report.rounds.map((pair) => text(pair[side])).sort((one, other) => Number(one) - Number(other));
  return texts[texts.length >> 1] ?? '';
}

function speedText(report: CaseReport, side: keyof Pair): string {
  const { median } = spreadOf(report.rounds.map((pair) => pair[side].speed));
  return median >= 1_000 ? Math.round(median).toLocaleString('en') : median.toPrecision(3);
}

function ratioText({ min, median, max }: Spread): string {
  return `${median.toFixed(2)}x (${min.toFixed(2)}-${max.toFixed(2)})`;
}

function goalText(goal: number | undefined): string {
  return goal === undefined ? '' : `${goal}x`;
}

function latencyLines(report: CaseReport): string[] {
  const { ratioP50, ratioP99, ratioP999 } = report;
  if (!ratioP50 || !ratioP99 || !ratioP999) return [];
  const of = (side: keyof Pair): string => {
    const all = report.rounds.map((pair) => pair[side].latency).filter((latency) => latency !== null);
    const median = (figure: (latency: (typeof all)[number]) => number): string =>
      spreadOf(all.map(figure)).median.toFixed(1);
    return `${median(({ p50Ms }) => p50Ms)} / ${median(({ p99Ms }) => p99Ms)} / ${median(({ p999Ms }) => p999Ms)} ms`;
  };
  return [
    `${report.case}, p50 / p99 / p99.9: here ${of('here')}, there ${of('there')}; ` +
      `ratios ${ratioText(ratioP50)}, ${ratioText(ratioP99)}, ${ratioText(ratioP999)}.`,
  ];
}
