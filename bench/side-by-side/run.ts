import { randomBytes } from 'node:crypto';

/** What a process that runs one case is told, as `name=value`; the program in Java takes the same. */
export interface RunOptions {
  readonly topology: string;
  readonly app: string;
  readonly brokers: string;
  readonly input: string;
  /** The second input of joins, or ''. */
  readonly other: string;
  readonly output: string;
  /** Closes after this many records; 0: when standard input ends. */
  readonly until: number;
  readonly keys: number;
  readonly guarantee: 'at_least_once' | 'exactly_once_v2';
  readonly commitIntervalMs: number;
  readonly cacheMaxBytes: number;
  readonly stateDir: string;
}

/** What such a process reports. Times are ms since the epoch: this machine's clock is that of the runner too. */
export interface RunReport {
  readonly records: number;
  /** `start()` was called. */
  readonly startedAt: number;
  readonly runningAt: number;
  /** The first and the last record were seen. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** All output acknowledged, positions committed, everything closed. */
  readonly closedAt: number;
  /** Of the whole process. */
  readonly cpuSeconds: number;
  readonly peakRssMb: number;
  /** Sum over some rows of a restored table; '' otherwise. */
  readonly sample: string;
}

export function newRunId(): string {
  return `bench-${randomBytes(4).toString('hex')}`;
}

export function toArguments(options: RunOptions): string[] {
  return Object.entries(options).map(([name, value]) => `${name}=${value}`);
}

export function fromArguments(args: readonly string[]): RunOptions {
  const given = new Map(args.map((arg) => [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)]));
  const text = (name: string): string => {
    const value = given.get(name);
    if (value === undefined) throw new Error(`${name}= is missing`);
    return value;
  };
  return {
    topology: text('topology'),
    app: text('app'),
    brokers: text('brokers'),
    input: text('input'),
    other: text('other'),
    output: text('output'),
    until: Number(text('until')),
    keys: Number(text('keys')),
    guarantee: text('guarantee') === 'exactly_once_v2' ? 'exactly_once_v2' : 'at_least_once',
    commitIntervalMs: Number(text('commitIntervalMs')),
    cacheMaxBytes: Number(text('cacheMaxBytes')),
    stateDir: text('stateDir'),
  };
}
