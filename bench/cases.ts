import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serdes, StreamsApp, StreamsBuilder, type Topology } from '../src/index.ts';
import { kafkaClient } from '../src/kafka/connect.ts';

/** What one run of a case measured, as a whole process. */
export interface CaseResult {
  readonly case: string;
  readonly records: number;
  readonly seconds: number;
  readonly recordsPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly peakRssMb: number;
  /** From the start of the process to the first record. */
  readonly secondsToRunning: number;
}

export interface CaseOptions {
  readonly brokers: readonly string[];
  readonly input: string;
  readonly output: string;
  readonly records: number;
  readonly partitions: number;
}

/** The cases: the client alone, and the DSL over it. Each answers when all records are through and acknowledged. */
export const cases: Readonly<Record<string, (options: CaseOptions, progress: Progress) => Promise<void>>> = {
  bare,
  stateless: (options, progress) => runTopology(options, progress, stateless),
  count: (options, progress) => runTopology(options, progress, count),
};

export interface Progress {
  /** Called for each record, or with how many. */
  seen(count: number): void;
  /** Resolves when all were seen. */
  readonly done: Promise<void>;
}

/** No topology: fetch, and send each record on as it is. */
async function bare(
  { brokers, input, output, records: total, partitions }: CaseOptions,
  progress: Progress,
): Promise<void> {
  const client = kafkaClient({ brokers });
  await client.connect();
  const producer = client.producer();
  await producer.init();
  const fetcher = client.fetcher();
  for (let partition = 0; partition < partitions; partition++) fetcher.add(input, partition, 0);
  for (let sent = 0; sent < total;) {
    await fetcher.arrival(100);
    for (const chunk of fetcher.poll()) {
      const { records, partition } = chunk;
      let count = 0;
      while (records.next()) {
        producer.send(output, partition, records.key(), records.value(), records.timestamp, records.headers());
        count++;
      }
      sent += count;
      progress.seen(count);
      fetcher.release(chunk);
    }
    if (!producer.ready) await producer.drained();
  }
  await producer.flush();
  await client.close();
}

function stateless({ input, output }: CaseOptions, seen: () => void): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream(input, { key: serdes.string, value: serdes.bytes })
    .peek(seen)
    .filter((_value, key) => key !== null)
    .mapValues((value) => value)
    .to(output, { key: serdes.string, value: serdes.bytes });
  return builder.build();
}

function count({ input, output }: CaseOptions, seen: () => void): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream(input, { key: serdes.string, value: serdes.bytes })
    .peek(seen)
    .groupByKey()
    .count({ store: 'counts' })
    .toStream()
    .to(output, { key: serdes.string, value: serdes.int64 });
  return builder.build();
}

async function runTopology(
  options: CaseOptions,
  progress: Progress,
  build: (options: CaseOptions, seen: () => void) => Topology,
): Promise<void> {
  const stateDir = await mkdtemp(join(tmpdir(), 'topology-streams-bench-'));
  const app = new StreamsApp(
    build(options, () => progress.seen(1)),
    {
      applicationId: options.output,
      kafka: { brokers: options.brokers },
      stateDir,
    },
  );
  await app.start();
  await progress.done;
  await app.close();
  await rm(stateDir, { recursive: true });
}
