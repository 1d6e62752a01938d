import { failedDownloadSerde, failedEnrichmentSerde, failedEventSerde } from '../../src/apps/claimx/serdes.ts';
import type { SchemaRegistry } from '../../src/core/serde.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';

type Identify = (topic: string, registry: SchemaRegistry) => Promise<(bytes: Buffer) => string>;

/** What a dead letter is about. At least once may write one twice; it is still about one thing. */
const identities: Readonly<Record<string, Identify>> = {
  'claimx.events.dlq': async (topic, registry) => {
    const serde = await failedEventSerde.prepare?.({ topic, role: 'value', direction: 'both', registry });
    return (bytes) => {
      const failed = serde?.deserialize(topic, bytes);
      return `${failed?.source_topic} ${failed?.source_partition} ${failed?.source_offset}`;
    };
  },
  'claimx.enrichment.dlq': async (topic, registry) => {
    const serde = await failedEnrichmentSerde.prepare?.({ topic, role: 'value', direction: 'both', registry });
    return (bytes) => String(serde?.deserialize(topic, bytes).event_id);
  },
  'claimx.downloads.dlq': async (topic, registry) => {
    const serde = await failedDownloadSerde.prepare?.({ topic, role: 'value', direction: 'both', registry });
    return (bytes) => String(serde?.deserialize(topic, bytes).media_id);
  },
};

/** How many different things the dead-letter topics are about, by topic. */
export async function distinctDeadLetters(
  client: KafkaClient,
  registry: SchemaRegistry,
  topics: readonly string[],
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const topic of topics) {
    const identify = await identities[topic]?.(topic, registry);
    if (!identify) throw new Error(`no identity for the dead letters of ${topic}`);
    const values = await valuesOf(client, topic);
    counts[topic] = new Set(values.map(identify)).size;
  }
  return counts;
}

async function valuesOf(client: KafkaClient, topic: string): Promise<Buffer[]> {
  const partitions = (await client.admin.describeTopics([topic])).get(topic)?.partitions ?? 0;
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const ends = (await client.admin.listOffsets(all, 'latest')).filter(({ offset }) => offset > 0);
  const left = new Map(ends.map(({ partition, offset }) => [partition, offset]));
  const values: Buffer[] = [];
  const fetcher = client.fetcher();
  for (const { partition } of ends) fetcher.add(topic, partition, 0);
  while (left.size > 0) {
    await fetcher.arrival(1_000);
    for (const chunk of fetcher.poll()) {
      while (chunk.records.next()) {
        const value = chunk.records.value();
        if (value) values.push(value);
      }
      if (chunk.nextOffset >= (left.get(chunk.partition) ?? 0)) left.delete(chunk.partition);
      fetcher.release(chunk);
    }
  }
  await fetcher.close();
  return values;
}
