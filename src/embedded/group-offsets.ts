import { partitionName, type TopicPartition } from '../core/record.ts';
import type { CommittedOffset } from '../kafka/client.ts';

/** The committed offsets of one group, and those that open transactions hold (pending until their marker). */
export class GroupOffsets {
  readonly #committed = new Map<string, CommittedOffset>();
  readonly #pending = new Map<number, Map<string, CommittedOffset>>();

  get isEmpty(): boolean {
    return this.#committed.size === 0 && this.#pending.size === 0;
  }

  commit(offset: CommittedOffset): void {
    this.#committed.set(partitionName(offset.topic, offset.partition), offset);
  }

  /** Holds the offset until the producer's transaction ends. */
  hold(producerId: number, offset: CommittedOffset): void {
    let held = this.#pending.get(producerId);
    if (!held) {
      held = new Map();
      this.#pending.set(producerId, held);
    }
    held.set(partitionName(offset.topic, offset.partition), offset);
  }

  endTransaction(producerId: number, committed: boolean): void {
    const held = this.#pending.get(producerId);
    this.#pending.delete(producerId);
    if (held && committed) for (const [name, offset] of held) this.#committed.set(name, offset);
  }

  isPending({ topic, partition }: TopicPartition): boolean {
    const name = partitionName(topic, partition);
    for (const held of this.#pending.values()) if (held.has(name)) return true;
    return false;
  }

  get({ topic, partition }: TopicPartition): CommittedOffset | undefined {
    return this.#committed.get(partitionName(topic, partition));
  }

  all(): CommittedOffset[] {
    return [...this.#committed.values()];
  }

  removeTopic(topic: string): void {
    for (const offsets of [this.#committed, ...this.#pending.values()]) {
      for (const [name, offset] of offsets) if (offset.topic === topic) offsets.delete(name);
    }
  }
}
