import type { KafkaClient } from '../../src/kafka/client.ts';
import { Collector } from './collector.ts';

/** The last committed value of each key of a topic, as a restore would read it. */
export async function lastValues(
  client: KafkaClient,
  topic: string,
  read: (value: Buffer) => number,
): Promise<Map<string, number>> {
  const last = new Map<string, number>();
  const collector = new Collector(client, [topic], ({ key, value }) => last.set(key, read(value)));
  try {
    await collector.caughtUp(30_000);
  } finally {
    await collector.close();
  }
  return last;
}
