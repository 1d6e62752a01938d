import type { Serde } from '../../src/core/serde.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { TopologyTestDriver } from '../../src/testing/topology-test-driver.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';

export type Text = string | null;

export const text = { key: serdes.string, value: serdes.string };
/** The same, for keys and values that may be null. */
const nullable = text as unknown as { readonly key: Serde<Text>; readonly value: Serde<Text> };

export type Piped = readonly [topic: string, key: Text, value: Text, timestamp: number];

/** Declares, pipes, and answers what came into the topic `out`: `key=value@time`. */
export async function driven(declare: (builder: StreamsBuilder) => void, records: readonly Piped[]): Promise<string[]> {
  const builder = new StreamsBuilder();
  declare(builder);
  const driver = await TopologyTestDriver.create(builder.build());
  try {
    for (const [topic, key, value, timestamp] of records) {
      driver.createInputTopic(topic, nullable).pipe(key, value, { timestamp });
    }
    return driver
      .createOutputTopic('out', nullable)
      .readAll()
      .map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`);
  } finally {
    await driver.close();
  }
}
