import { serdes } from '../../src/serdes/serdes.ts';
import { TopologyTestDriver } from '../../src/testing/topology-test-driver.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import type { KStream } from '../../src/topology/stream.ts';

export const text = { key: serdes.string, value: serdes.string };

export interface Running {
  /** Sends one record and answers what reached `out` since: `key=value@time`, separated by spaces. */
  readonly send: (key: string | null, value: string | null, timestamp: number, topic?: string) => string;
  readonly advanceWallClock: (ms: number) => void;
  readonly driver: TopologyTestDriver;
}

/** Runs a topology from `in` to `out`; results on close are looked for with each record. */
export async function running(
  declare: (input: KStream<string, string>, builder: StreamsBuilder) => KStream<string, string>,
  emitIntervalMs = 0,
  cacheMaxBytes = 0,
): Promise<Running> {
  const builder = new StreamsBuilder();
  declare(builder.stream('in', text), builder).to('out', text);
  const driver = await TopologyTestDriver.create(builder.build(), { cacheMaxBytes, streams: { emitIntervalMs } });
  return {
    driver,
    advanceWallClock: (ms) => driver.advanceWallClock(ms),
    send(key, value, timestamp, topic = 'in') {
      driver.createInputTopic(topic, text).pipe(key, value, { timestamp });
      const records = driver.createOutputTopic('out', text).readAll();
      return records.map((one) => `${one.key ?? 'null'}=${one.value ?? 'null'}@${one.timestamp}`).join(' ');
    },
  };
}
