import type { FetchedChunk, Fetcher, KafkaClient } from '../../src/kafka/client.ts';
import { PARTITIONS } from './topology.ts';

export interface CollectedRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer;
  readonly timestamp: number;
}

/** Reads topics from their start for as long as the run lasts, as a reader of committed records sees them. */
export class Collector {
  readonly #fetcher: Fetcher;
  readonly #client: KafkaClient;
  readonly #topics: readonly string[];
  readonly #positions = new Map<string, number>();
  readonly #take: (record: CollectedRecord) => void;
  #closed = false;
  #running: Promise<void>;
  #failure: Error | null = null;

  constructor(client: KafkaClient, topics: readonly string[], take: (record: CollectedRecord) => void) {
    this.#client = client;
    this.#topics = topics;
    this.#take = take;
    this.#fetcher = client.fetcher({ isolation: 'read_committed', maxWaitMs: 100 });
    for (const topic of topics) {
      for (let partition = 0; partition < PARTITIONS; partition++) this.#fetcher.add(topic, partition, 0);
    }
    this.#running = this.#run().catch((error: unknown) => {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  /** Resolves when everything that is in the topics now was read, open transactions included. @throws after the limit */
  async caughtUp(limitMs: number): Promise<void> {
    const partitions = this.#topics.flatMap((topic) =>
      Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition })),
    );
    const ends = await this.#client.admin.listOffsets(partitions, 'latest', 'read_uncommitted');
    const deadline = performance.now() + limitMs;
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      const behind = ends.filter(
        ({ topic, partition, offset }) => (this.#positions.get(`${topic}-${partition}`) ?? 0) < offset,
      );
      if (behind.length === 0) return;
      if (performance.now() > deadline) {
        const where = behind.map(
          ({ topic, partition, offset }) =>
            `${topic}-${partition} is at ${this.#positions.get(`${topic}-${partition}`) ?? 0} of ${offset}`,
        );
        throw new Error(`the output cannot be read to its end within ${limitMs} ms: ${where.join(', ')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#fetcher.wake();
    await this.#running;
    await this.#fetcher.close();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      await this.#fetcher.arrival(200);
      for (const chunk of this.#fetcher.poll()) this.#receive(chunk);
    }
  }

  #receive(chunk: FetchedChunk): void {
    if (chunk.error) throw chunk.error;
    const { records, topic, partition } = chunk;
    while (records.next()) {
      const [key, value] = [records.key(), records.value()];
      if (key === null || value === null) continue;
      this.#take({ topic, key: key.toString(), value: Buffer.from(value), timestamp: records.timestamp });
    }
    this.#positions.set(`${topic}-${partition}`, chunk.nextOffset);
    this.#fetcher.release(chunk);
  }
}
