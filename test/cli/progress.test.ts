import { describe, expect, it } from 'vitest';

import { Progress } from '../../src/cli/progress.ts';
import { progressLines, type ProgressView } from '../../src/cli/progress-lines.ts';
import { Rate } from '../../src/cli/rate.ts';
import { plainText, styledText } from '../../src/cli/styled.ts';
import type { StatusReport } from '../../src/observe/status.ts';
import { fakeTerminal } from './terminal-fixture.ts';

const status: StatusReport = {
  app: 'claimx',
  startedAt: '',
  uptimeMs: 75_000,
  stages: [
    {
      name: 'enricher',
      applicationId: 'x',
      state: 'RUNNING',
      processed: 12_345,
      rate: 1234.5,
      lag: 10,
      tasks: [],
      standbys: [],
      error: null,
    },
  ],
  tables: [{ name: 'claimx_events', rows: 1000, version: 3 }],
  deadLetters: [
    { topic: 'a.dlq', records: 2 },
    { topic: 'b.dlq', records: 0 },
  ],
};

const view: ProgressView = {
  title: 'claimx on embedded',
  url: 'http://127.0.0.1:8080',
  history: new Map([['enricher', [0, 500, 1000]]]),
  notice: null,
  width: 100,
};
const shown = (report = status, with_: Partial<ProgressView> = {}) =>
  progressLines(report, { ...view, ...with_ })
    .map(plainText)
    .filter((line) => line !== '');

describe('progressLines', () => {
  it('shows the page, rates, what is behind, tables and dead letters', () => {
    const [title, head, stage, tables, events, dead, letters] = shown();
    expect(title).toBe('claimx on embedded · 1 min 15 s · http://127.0.0.1:8080');
    expect(head).toMatch(/stage +state +records\/s +done +behind$/);
    expect(stage).toMatch(/^ {2}enricher +● running +1,235 +12,345 +10 {3}▅█$/);
    expect([tables, events]).toEqual(['  tables, with their rows', '  claimx_events  1,000']);
    expect([dead, letters]).toEqual(['  dead letters', '  a.dlq    2   b.dlq    0']);
  });

  it('sets tables in as many columns as the width takes, filled downwards', () => {
    const tables = ['a', 'b', 'c'].map((name) => ({ name: `table_${name}`, rows: 5, version: 0 }));
    const rows = (width: number) => shown({ ...status, tables, deadLetters: [] }, { width }).slice(4);
    expect(rows(40)).toEqual(['  table_a    5   table_c    5', '  table_b    5']);
    expect(rows(20)).toHaveLength(3);
  });

  it('shows which stores are restored, how far and how fast, those with most to read first', () => {
    const restore = (store: string, percent: number, remaining: number) => ({
      store,
      percent,
      remaining,
      restored: 10,
      rate: 1234.5,
    });
    const restoring = [
      restore('counts', 100, 0),
      ...Array.from({ length: 7 }, (_, i) => restore(`s${i}`, 40, 9_000 - i)),
    ];
    const task = { id: '0_1', topics: [], processed: 0, rate: 0, lag: 0, partitions: [], restoreRemaining: 9_000 };
    const stages = status.stages.map((stage) => ({ ...stage, tasks: [{ ...task, restoring, stores: [], sizes: [] }] }));
    const lines = shown({ ...status, stages, tables: [], deadLetters: [] }).slice(3);
    expect(lines.slice(0, 2)).toEqual([
      '  restoring stores',
      '  s0 0_1   40 %      1,235 records/s       9,000 offsets left',
    ]);
    expect([lines.length, lines.at(-1)]).toEqual([8, '  and 2 more']);
  });

  it('ends with the notice, if there is one', () => {
    expect(shown(status, { notice: 'All is through.\nLook at it.' }).slice(-2)).toEqual([
      '  All is through.',
      '  Look at it.',
    ]);
  });
});

describe('styledText', () => {
  const line = [{ text: 'abc', style: 'good' as const }, { text: 'def' }];

  it('cuts at the width and leaves no style open', () => {
    expect(styledText(line, 2, true)).toBe('\u001B[32mab\u001B[0m');
    expect(styledText(line, 4, true)).toBe('\u001B[32mabc\u001B[0md');
  });

  it('is plain without colours', () => {
    expect(styledText(line, 10, false)).toBe('abcdef');
  });
});

function display(columns: () => number = () => 100, rows = 40) {
  const writes: string[] = [];
  const { terminal } = fakeTerminal(true);
  const progress = new Progress(
    { ...terminal, columns, rows: () => rows, err: (text: string) => void writes.push(text) },
    { title: view.title, url: view.url, status: async () => status },
  );
  progress.start();
  return { progress, writes, lines: (at: number) => (writes[at] ?? '').split('\u001B[K\n').slice(0, -1) };
}

describe('Progress', () => {
  it('draws over its own lines in one write, and keeps log lines above them', async () => {
    const { progress, writes } = display();
    await progress.refresh();
    expect(writes).toHaveLength(1);
    expect(writes[0]?.startsWith('\u001B[')).toBe(false);
    progress.log('12:00:00 WARN behind\n');
    expect(writes[1]?.startsWith('\u001B[10F12:00:00 WARN behind\u001B[K\n')).toBe(true);
    expect(writes[1]).toContain('a.dlq');
    progress.stop();
    progress.log('after\n');
    expect(writes[2]).toBe('after\n');
  });

  it('cuts lines that are wider than the terminal, since a wrapped line could not be drawn over', async () => {
    const { progress, lines } = display(() => 30);
    await progress.refresh();
    progress.stop();
    expect(Math.max(...lines(0).map((line) => line.length))).toBe(29);
  });

  it('draws over the lines that a narrower terminal has wrapped', async () => {
    let columns = 100;
    const { progress, writes, lines } = display(() => columns);
    await progress.refresh();
    columns = 30;
    await progress.refresh();
    progress.stop();
    const wrapped = lines(0).reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 30)), 0);
    expect(wrapped).toBeGreaterThan(lines(0).length);
    expect(writes[1]?.startsWith(`\u001B[${wrapped}F`)).toBe(true);
  });

  it('shows no more lines than the terminal is high', async () => {
    const { progress, lines } = display(undefined, 5);
    await progress.refresh();
    progress.stop();
    expect(lines(0)).toHaveLength(4);
  });

  it('keeps a notice in sight', async () => {
    const { progress, writes } = display();
    await progress.refresh();
    progress.notice('All is through.');
    await progress.refresh();
    progress.stop();
    expect(writes[1]).toContain('All is through.');
    expect(writes[2]).toContain('All is through.');
  });
});

describe('Rate', () => {
  it('is what came in over the last seconds', () => {
    const rate = new Rate(5_000);
    expect(rate.at(0, 0)).toBe(0);
    expect(rate.at(1_000, 500)).toBe(500);
    expect(rate.at(11_000, 500)).toBe(0);
  });

  it('begins anew when the count does, as after a task moved', () => {
    const rate = new Rate();
    rate.at(0, 1_000);
    expect(rate.at(1_000, 10)).toBe(0);
    expect(rate.at(2_000, 20)).toBe(10);
  });
});
