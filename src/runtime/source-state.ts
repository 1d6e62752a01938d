import type { KafkaClient } from '../kafka/client.ts';

/** A compacted topic of one partition: entries of a source's state by their names. */
export async function createStateTopic(client: KafkaClient, topic: string, replicationFactor: number): Promise<void> {
  if ((await client.admin.describeTopics([topic])).has(topic)) return;
  const config = { 'cleanup.policy': 'compact', 'segment.ms': '3600000' };
  await client.admin.createTopics([{ name: topic, partitions: 1, replicationFactor, config }]);
}

/**
 * Every entry that committed transactions left. Called after the producer of the source has its id: whoever wrote before
 * is fenced by then, and what they had not committed is aborted.
 */
export async function readSourceState(client: KafkaClient, topic: string): Promise<Map<string, Buffer>> {
  const state = new Map<string, Buffer>();
  const partition = [{ topic, partition: 0 }];
  const [start] = await client.admin.listOffsets(partition, 'earliest');
  const [end] = await client.admin.listOffsets(partition, 'latest', 'read_committed');
  const fetcher = client.fetcher({ isolation: 'read_committed' });
  try {
    let position = start?.offset ?? 0;
    fetcher.add(topic, 0, position);
    while (position < (end?.offset ?? 0)) {
      await fetcher.arrival(1_000);
      for (const chunk of fetcher.poll()) {
        if (chunk.error) throw chunk.error;
        const { records } = chunk;
        while (records.next()) {
          const name = records.key()?.toString('utf8') ?? '';
          const value = records.value();
          if (value === null) state.delete(name);
          // The fetched bytes are one buffer of a whole chunk: entries are kept for long, the chunk need not be.
          else state.set(name, Buffer.from(value));
        }
        position = chunk.nextOffset;
        fetcher.release(chunk);
      }
    }
    return state;
  } finally {
    await fetcher.close();
  }
}
