import type { RunOptions } from './run.ts';

export type InputKind = 'bytes' | 'rows' | 'avro' | 'orders' | 'customers';

/** Records of one topic, the same at every run. */
export interface InputSpec {
  readonly kind: InputKind;
  readonly records: number;
  readonly keys: number;
  readonly valueBytes: number;
  /** Other records than those of the same spec with another seed. */
  readonly seed: number;
}

export interface SideBySideCase {
  readonly name: string;
  /** What the ratio of speeds should be at least; without one it is shown only. */
  readonly goal?: number;
  /** For `--list` and the table. */
  readonly says: string;
  readonly measure: 'throughput' | 'restore' | 'latency' | 'coldStart' | 'mapAsync';
  readonly topology: string;
  readonly input: (records: number) => InputSpec;
  readonly other?: (records: number) => InputSpec;
  /** `records`: the same records; `latest`: the same last value of each key, since caches leave out updates in between. */
  readonly outputs: 'records' | 'latest' | 'none';
  readonly guarantee: RunOptions['guarantee'];
  /** Default 10 MiB, as both have it. */
  readonly cacheMaxBytes?: number;
}

const KEYS = 100_000;
const COLD_START_RECORDS = 1_000;
const MAP_ASYNC_RECORDS = 20_000;

function bytes(share = 1, { keys = KEYS, valueBytes = 100, seed = 7 } = {}): (records: number) => InputSpec {
  return (records) => ({ kind: 'bytes', records: Math.max(1, Math.round(records * share)), keys, valueBytes, seed });
}

const throughput = { measure: 'throughput', guarantee: 'at_least_once' } as const;
const exactlyOnce = { measure: 'throughput', guarantee: 'exactly_once_v2' } as const;

export const sideBySideCases: readonly SideBySideCase[] = [
  {
    ...throughput,
    name: 'stateless',
    goal: 4,
    says: 'filter + mapValues, 100 bytes',
    topology: 'stateless',
    input: bytes(),
    outputs: 'records',
  },
  {
    ...throughput,
    name: 'filter',
    goal: 2,
    says: 'a filter that passes nothing',
    topology: 'filter',
    input: bytes(),
    outputs: 'records',
  },
  {
    ...throughput,
    name: 'count',
    goal: 2.5,
    says: 'count of 100,000 keys',
    topology: 'count',
    input: bytes(),
    outputs: 'latest',
  },
  {
    ...throughput,
    name: 'count-1k',
    goal: 2,
    says: 'count of 1,000 keys',
    topology: 'count',
    input: bytes(1, { keys: 1_000 }),
    outputs: 'latest',
  },
  {
    ...throughput,
    name: 'window',
    goal: 4,
    says: 'count in tumbling windows of 1 s, 100,000 keys',
    topology: 'window',
    input: bytes(),
    outputs: 'latest',
  },
  {
    ...throughput,
    name: 'hopping',
    goal: 3,
    says: 'count in windows of 1 s each 250 ms, 100,000 keys',
    topology: 'hopping',
    input: bytes(0.5),
    outputs: 'latest',
  },
  {
    ...throughput,
    name: 'session',
    goal: 3,
    says: 'count in sessions with a gap of 500 ms, 100,000 keys',
    topology: 'session',
    input: bytes(0.5),
    outputs: 'latest',
  },
  {
    ...throughput,
    name: 'table-join',
    goal: 3,
    says: 'stream with a table of 100,000 rows',
    topology: 'table-join',
    input: bytes(),
    other: () => ({ kind: 'rows', records: KEYS, keys: KEYS, valueBytes: 100, seed: 7 }),
    outputs: 'records',
  },
  {
    ...throughput,
    name: 'stream-join',
    goal: 2.5,
    says: 'two streams within 500 ms, 100,000 keys',
    topology: 'stream-join',
    input: bytes(0.5),
    other: bytes(0.5, { seed: 8 }),
    outputs: 'records',
  },
  {
    ...throughput,
    name: 'foreign-key-join',
    goal: 2,
    says: 'orders with one of 10,000 customers, without caches',
    topology: 'foreign-key-join',
    input: (records) => {
      const orders = Math.round(records / 4);
      return { kind: 'orders', records: orders, keys: orders, valueBytes: 100, seed: 7 };
    },
    other: () => ({ kind: 'customers', records: 10_000, keys: 10_000, valueBytes: 100, seed: 7 }),
    outputs: 'latest',
    // A cache would hold the last rows back until a commit.
    cacheMaxBytes: 0,
  },
  {
    ...throughput,
    name: 'avro',
    goal: 2,
    says: 'Avro in (nested, an array) and out, specific records on the JVM',
    topology: 'avro',
    input: (records) => ({ kind: 'avro', records, keys: KEYS, valueBytes: 0, seed: 7 }),
    outputs: 'records',
  },
  {
    ...throughput,
    name: 'value-1kb',
    says: 'stateless, values of 1 KB',
    topology: 'stateless',
    input: bytes(0.5, { valueBytes: 1_000 }),
    outputs: 'records',
  },
  {
    ...throughput,
    name: 'value-10kb',
    says: 'stateless, values of 10 KB',
    topology: 'stateless',
    input: bytes(0.05, { valueBytes: 10_000 }),
    outputs: 'records',
  },
  {
    ...exactlyOnce,
    name: 'exactly-once-stateless',
    goal: 4,
    says: 'stateless, exactly once',
    topology: 'stateless',
    input: bytes(),
    outputs: 'records',
  },
  {
    ...exactlyOnce,
    name: 'exactly-once-count',
    goal: 3,
    says: 'count of 100,000 keys, exactly once',
    topology: 'count',
    input: bytes(),
    outputs: 'latest',
  },
  {
    ...exactlyOnce,
    name: 'exactly-once-window',
    goal: 4,
    says: 'count in tumbling windows of 1 s, exactly once',
    topology: 'window',
    input: bytes(),
    outputs: 'latest',
  },
  {
    name: 'restore',
    goal: 2,
    says: 'a table restored from its changelog, two keys for each record asked for',
    measure: 'restore',
    topology: 'table',
    input: (records) => ({ kind: 'rows', records: 2 * records, keys: 2 * records, valueBytes: 100, seed: 7 }),
    outputs: 'none',
    guarantee: 'at_least_once',
  },
  {
    name: 'latency',
    goal: 4,
    says: 'stateless at 2,000 records/s for 20 s; the speed is that of p50',
    measure: 'latency',
    topology: 'stateless',
    input: () => ({ kind: 'bytes', records: 0, keys: 1_000, valueBytes: 100, seed: 7 }),
    outputs: 'none',
    guarantee: 'at_least_once',
  },
  {
    name: 'cold-start',
    says: 'from the start of the process until 1,000 records are through',
    measure: 'coldStart',
    topology: 'stateless',
    input: () => ({ kind: 'bytes', records: COLD_START_RECORDS, keys: 1_000, valueBytes: 100, seed: 7 }),
    outputs: 'records',
    guarantee: 'at_least_once',
  },
  {
    name: 'map-async',
    says: 'a call of 20 ms for each record, 100 at a time, against the same by hand with kafkajs',
    measure: 'mapAsync',
    topology: 'map-async',
    input: () => ({ kind: 'bytes', records: MAP_ASYNC_RECORDS, keys: 1_000, valueBytes: 100, seed: 7 }),
    outputs: 'records',
    guarantee: 'at_least_once',
  },
];
