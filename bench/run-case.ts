import { readFileSync } from 'node:fs';
import { type CaseResult, cases, type Progress } from './cases.ts';

/** One case in a process of its own, so that CPU and memory are its alone. Prints one JSON line. */
const [name = '', brokers = '', input = '', output = '', records = '0', partitions = '1'] = process.argv.slice(2);
const run = cases[name];
if (!run) throw new Error(`no case ${name}; there are ${Object.keys(cases).join(', ')}`);

const total = Number(records);
let finish: () => void = () => undefined;
let seen = 0;
let first = 0;
const progress: Progress = {
  seen: (count) => {
    if (seen === 0) first = performance.now();
    seen += count;
    if (seen >= total) finish();
  },
  done: new Promise((resolve) => {
    finish = resolve;
  }),
};
await run({ brokers: brokers.split(','), input, output, records: total, partitions: Number(partitions) }, progress);
const seconds = (performance.now() - first) / 1_000;
const { user, system } = process.cpuUsage();
const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
const result: CaseResult = {
  case: name,
  records: seen,
  seconds,
  recordsPerSecond: Math.round(seen / seconds),
  cpuSecondsPerMillion: (user + system) / seen,
  peakRssMb: Math.round(Number(peak) / 1_024),
  secondsToRunning: first / 1_000,
};
console.log(JSON.stringify(result));
process.exit(0);
