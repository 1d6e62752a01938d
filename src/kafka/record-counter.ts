import { partitionName } from '../core/record.ts';
import type { Fetcher, KafkaClient } from './client.ts';

const POLL_MS = 200;

/**
 * Counts the committed records of topics by reading them. Offsets would not do: transaction markers take some, and
 * compaction leaves holes. Each count reads only what is new since the one before.
 */
export class RecordCounter {
  readonly #client: KafkaClient;
  readonly #topics: readonly string[];
  readonly #counts = new Map<string, number>();
  readonly #positions = new Map<string, number>();
  #fetcher: Fetcher | null = null;
  #running: Promise<ReadonlyMap<string, number>> | null = null;

  constructor(client: KafkaClient, topics: readonly string[]) {
    this.#client = client;
    this.#topics = topics;
  }

  /** Records by topic, up to the end as it is now; a topic that is not there has none. */
  counts(): Promise<ReadonlyMap<string, number>> {
    this.#running ??= this.#count().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async close(): Promise<void> {
    await this.#running?.catch(() => undefined);
    await this.#fetcher?.close();
    this.#fetcher = null;
  }

  async #count(): Promise<ReadonlyMap<string, number>> {
    const { admin } = this.#client;
    const described = await admin.describeTopics(this.#topics);
    const partitions = [...described.values()].flatMap(({ name, partitions: count }) =>
      Array.from({ length: count }, (_, partition) => ({ topic: name, partition })),
    );
    for (const topic of this.#topics) this.#counts.set(topic, this.#counts.get(topic) ?? 0);
    const [starts, ends] = await Promise.all([
      admin.listOffsets(partitions, 'earliest'),
      admin.listOffsets(partitions, 'latest', 'read_committed'),
    ]);
    for (const { topic, partition, offset } of starts) {
      const name = partitionName(topic, partition);
      if (this.#positions.has(name)) continue;
      this.#positions.set(name, offset);
      this.#reader().add(topic, partition, offset);
    }
    await this.#readTo(new Map(ends.map(({ topic, partition, offset }) => [partitionName(topic, partition), offset])));
    return this.#counts;
  }

  async #readTo(ends: ReadonlyMap<string, number>): Promise<void> {
    const behind = (): boolean => [...ends].some(([name, end]) => (this.#positions.get(name) ?? 0) < end);
    while (behind()) {
      await this.#reader().arrival(POLL_MS);
      for (const chunk of this.#reader().poll()) {
        if (chunk.error) throw chunk.error;
        let count = this.#counts.get(chunk.topic) ?? 0;
        while (chunk.records.next()) count++;
        this.#counts.set(chunk.topic, count);
        this.#positions.set(partitionName(chunk.topic, chunk.partition), chunk.nextOffset);
        this.#reader().release(chunk);
      }
    }
  }

  #reader(): Fetcher {
    this.#fetcher ??= this.#client.fetcher({ maxBufferedBytes: 4 << 20 });
    return this.#fetcher;
  }
}
