import { describe, expect, it } from 'vitest';

import { Progress, progressLines } from '../../src/cli/progress.ts';
import { Rate } from '../../src/cli/rate.ts';
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
      error: null,
    },
  ],
  tables: [{ name: 'claimx_events', rows: 1000, version: 3 }],
  deadLetters: [
    { topic: 'a.dlq', records: 2 },
    { topic: 'b.dlq', records: 0 },
  ],
};

describe('progressLines', () => {
  it('shows rates, lag, tables and the dead letters that there are', () => {
    const lines = progressLines('claimx on embedded', status);
    expect(lines[0]).toBe('claimx on embedded · 1 min 15 s');
    expect(lines[1]).toMatch(/^ {2}enricher +RUNNING +1,235\/s +12,345 done +lag 10$/);
    expect(lines[2]).toMatch(/tables +claimx_events 1,000$/);
    expect(lines[3]).toMatch(/dead letters +a\.dlq 2$/);
  });
});

describe('Progress', () => {
  it('draws over its own lines in one write, and keeps log lines above them', async () => {
    const writes: string[] = [];
    const { terminal } = fakeTerminal(true);
    const progress = new Progress({ ...terminal, err: (text) => void writes.push(text) }, 'claimx', async () => status);
    progress.start();
    await progress.refresh();
    expect(writes).toHaveLength(1);
    expect(writes[0]?.startsWith('\u001B[')).toBe(false);
    progress.log('12:00:00 WARN behind\n');
    expect(writes[1]?.startsWith('\u001B[4F12:00:00 WARN behind\u001B[K\n')).toBe(true);
    expect(writes[1]).toContain('a.dlq 2');
    progress.stop();
    progress.log('after\n');
    expect(writes[2]).toBe('after\n');
  });

  it('cuts lines that are wider than the terminal, since a wrapped line could not be drawn over', async () => {
    const writes: string[] = [];
    const { terminal } = fakeTerminal(true);
    const narrow = { ...terminal, columns: () => 30, err: (text: string) => void writes.push(text) };
    const progress = new Progress(narrow, 'claimx', async () => status);
    progress.start();
    await progress.refresh();
    progress.stop();
    const lines = (writes[0] ?? '').split('\u001B[K\n').slice(0, -1);
    expect(lines.length).toBe(4);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(30);
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
