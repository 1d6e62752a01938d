import { NO_HEADERS, type PartitionOffset, type TopicPartition } from '../../core/record.ts';
import type { KafkaClient, Producer } from '../../kafka/client.ts';
import { placeOf } from './dead-letter.ts';
import { scanTopics } from './scan-topics.ts';

/**
 * Which dead letters were sent again, and when: a compacted topic beside them, `<group>-replayed`, one entry for each. A
 * committed position could not say it, since a replay with a filter leaves gaps.
 */
export class ReplayMarks {
  readonly #topic: string;
  readonly #marks: Map<string, number>;

  private constructor(topic: string, marks: Map<string, number>) {
    this.#topic = topic;
    this.#marks = marks;
  }

  static async read(client: KafkaClient, group: string): Promise<ReplayMarks> {
    const topic = `${group}-replayed`;
    const marks = new Map<string, number>();
    await scanTopics(client, [topic], ({ key, bytes }) => {
      const place = key?.toString('utf8') ?? '';
      if (bytes === null) marks.delete(place);
      else marks.set(place, Number(bytes.toString('utf8')));
    });
    return new ReplayMarks(topic, marks);
  }

  /** Makes the topic if it is not there. */
  async create(client: KafkaClient): Promise<void> {
    if ((await client.admin.describeTopics([this.#topic])).has(this.#topic)) return;
    const config = { 'cleanup.policy': 'compact' };
    await client.admin.createTopics([{ name: this.#topic, partitions: 1, replicationFactor: -1, config }]);
  }

  get size(): number {
    return this.#marks.size;
  }

  /** When it was sent again, in ms since the epoch; null: never. */
  get(place: TopicPartition & { readonly offset: number }): number | null {
    return this.#marks.get(placeOf(place)) ?? null;
  }

  /** Part of the producer's transaction. */
  set(producer: Producer, place: TopicPartition & { readonly offset: number }, atMs: number): void {
    const name = placeOf(place);
    this.#marks.set(name, atMs);
    producer.send(this.#topic, 0, Buffer.from(name), Buffer.from(String(atMs)), atMs, NO_HEADERS);
  }

  /** Forgets the marks of records that were deleted: those below the offsets. Part of the producer's transaction. */
  deleteBelow(producer: Producer, ends: readonly PartitionOffset[], atMs: number): void {
    const below = new Map(ends.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
    for (const name of this.#marks.keys()) {
      const slash = name.lastIndexOf('/');
      if (Number(name.slice(slash + 1)) >= (below.get(name.slice(0, slash)) ?? 0)) continue;
      this.#marks.delete(name);
      producer.send(this.#topic, 0, Buffer.from(name), null, atMs, NO_HEADERS);
    }
  }
}
