import { readFileSync } from 'node:fs';
import type { RunReport } from './run.ts';

/** The clock of a process that runs one case. */
export interface ProcessMeasure {
  starting(): void;
  /** Says so on standard output too: the runner waits for the line. */
  running(): void;
  /** One record. */
  seen(): void;
  /** All were seen. Never, where `until` is 0. */
  readonly done: Promise<void>;
  /** Call when all is closed: prints the {@link RunReport} as one line of JSON. */
  report(sample: string): void;
}

export function measureProcess(until: number): ProcessMeasure {
  let records = 0;
  let [startedAt, runningAt, firstAt, lastAt] = [0, 0, 0, 0];
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return {
    done,
    starting() {
      startedAt = Date.now();
    },
    running() {
      runningAt = Date.now();
      console.log('running');
    },
    seen() {
      if (++records === 1) firstAt = Date.now();
      if (records !== until) return;
      lastAt = Date.now();
      finish();
    },
    report(sample) {
      const { user, system } = process.cpuUsage();
      const cpuSeconds = (user + system) / 1e6;
      const closedAt = Date.now();
      const report: RunReport = {
        records,
        startedAt,
        runningAt,
        firstAt,
        lastAt,
        closedAt,
        cpuSeconds,
        peakRssMb: peakRssMb(),
        sample,
      };
      console.log(JSON.stringify(report));
    },
  };
}

function peakRssMb(): number {
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return Math.round(Number(peak) / 1_024);
}
