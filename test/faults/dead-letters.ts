import * as claimx from '../../src/apps/claimx/serdes.ts';
import type { FailedEventFields } from '../../src/apps/shared/ingest-events.ts';
import * as xact from '../../src/apps/xact/serdes.ts';
import type { SchemaRegistry, Serde } from '../../src/core/serde.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';

type Identify = (topic: string, registry: SchemaRegistry) => Promise<(bytes: Buffer) => string>;

/** Names what the dead letters of a topic are about. */
function about<D>(serde: Serde<D>, name: (failed: D) => string): Identify {
  return async (topic, registry) => {
    const reader = (await serde.prepare?.({ topic, role: 'value', direction: 'both', registry })) ?? serde;
    return (bytes) => name(reader.deserialize(topic, bytes));
  };
}

const placeOf = (failed: FailedEventFields): string =>
  `${failed.source_topic} ${failed.source_partition} ${failed.source_offset}`;

/** What a dead letter is about. At least once may write one twice; it is still about one thing. */
const identities: Readonly<Record<string, Identify>> = {
  'claimx.events.dlq': about(claimx.failedEventSerde, placeOf),
  'claimx.enrichment.dlq': about(claimx.failedEnrichmentSerde, ({ event_id }) => event_id),
  'claimx.downloads.dlq': about(claimx.failedDownloadSerde, ({ media_id }) => media_id),
  'xact.events.dlq': about(xact.failedEventSerde, placeOf),
  'xact.downloads.dlq': about(xact.failedDownloadSerde, (failed) => `${failed.trace_id} ${failed.attachment_id}`),
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

/** The values of all records of a topic, those of open and aborted transactions left out. */
export async function valuesOf(client: KafkaClient, topic: string): Promise<Buffer[]> {
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
