import type { Headers, RecordContext } from '../core/record.ts';
import type { Serde } from '../core/serde.ts';
import { partitionOf } from '../kafka/wire/murmur2.ts';
import type { Forward } from '../processors/processor.ts';
import type { SinkNode } from '../topology/topology.ts';
import type { TaskFaults } from './task-faults.ts';

/** The part of a producer that a task needs; the test driver has its own. */
export interface RecordSender {
  send(
    topic: string,
    partition: number,
    key: Buffer | null,
    value: Buffer | null,
    timestamp: number,
    headers: Headers,
  ): void;
}

/** A topic that can be written to: how many partitions it has, and the serdes made ready for it. */
export interface Destination {
  readonly topic: string;
  readonly partitions: number;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
}

export interface RecordCollectorOptions {
  readonly sender: RecordSender;
  /** A destination that was prepared before the task started, or since. */
  readonly known: (node: string, topic: string) => Destination | undefined;
  /** Prepares one that is met for the first time (dynamic sinks): I/O. */
  readonly prepare: (node: SinkNode, topic: string) => Promise<Destination>;
  readonly topicName: (node: SinkNode) => string;
  readonly faults: TaskFaults;
  /** Answers the headers with the trace that goes on in the record that is sent. Default none: as they are. */
  readonly traced?: (headers: Headers, topic: string, node: string) => Headers;
  readonly wake: () => void;
}

/** Records with no key stay on one partition for this many, then move on: full batches, all partitions used. */
const STICKY_RECORDS = 256;

/**
 * Takes what reaches the sink nodes to the producer: serialise, choose the partition, send. Synchronous, except for a
 * topic that a dynamic sink names for the first time: its records wait in order, and the task takes no input meanwhile.
 */
export class RecordCollector {
  readonly #options: RecordCollectorOptions;
  /** By node and topic: two nodes may write one topic with serdes of their own. */
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #lookups = new Set<Promise<void>>();
  #sticky = 0;
  sent = 0;
  /** Records sent, by topic: one number for each partition. */
  readonly #sentTo = new Map<string, number[]>();
  /** Told of each topic at its first record, with the numbers, which go on growing. */
  onTopic: ((topic: string, sent: readonly number[]) => void) | null = null;
  #last = '';
  #lastSent: number[] = [];

  constructor(options: RecordCollectorOptions) {
    this.#options = options;
  }

  /** True while a topic is being looked up. */
  get blocked(): boolean {
    return this.#waiting.size > 0;
  }

  /** Resolves when the look-ups that run now have ended; the records that waited for them go out with the task's next steps. */
  async lookedUp(): Promise<void> {
    await Promise.all(this.#lookups);
  }

  sink(node: SinkNode): Forward<unknown, unknown> {
    const { topic } = node;
    if (typeof topic !== 'string') return this.#dynamic(node, topic);
    const name = this.#options.topicName(node);
    let destination: Destination | undefined;
    return (key, value, record) => {
      if (!destination && !this.#waiting.has(waitingName(node, name))) {
        destination = this.#options.known(node.name, name);
      }
      if (destination) this.#send(node, destination, key, value, record);
      else this.#wait(node, name, key, value, record);
    };
  }

  #dynamic(node: SinkNode, extract: (key: unknown, value: unknown, record: RecordContext) => string) {
    return (key: unknown, value: unknown, record: RecordContext): void => {
      const topic = extract(key, value, record);
      const destination = this.#waiting.has(waitingName(node, topic))
        ? undefined
        : this.#options.known(node.name, topic);
      if (destination) this.#send(node, destination, key, value, record);
      else this.#wait(node, topic, key, value, record);
    };
  }

  #wait(node: SinkNode, topic: string, key: unknown, value: unknown, record: RecordContext): void {
    const { faults, prepare, wake } = this.#options;
    const name = waitingName(node, topic);
    const queue = this.#waiting.get(name);
    let destination: Destination | undefined;
    const send = (): void => {
      destination ??= this.#options.known(node.name, topic);
      if (destination) this.#send(node, destination, key, value, record);
    };
    if (queue) {
      queue.push(send);
      return;
    }
    const first = [send];
    this.#waiting.set(name, first);
    const lookup = prepare(node, topic)
      .then(
        () => {
          faults.later(() => {
            this.#waiting.delete(name);
            for (const step of first) step();
          });
        },
        (error: unknown) => {
          faults.later(() => {
            this.#waiting.delete(name);
            throw error;
          });
        },
      )
      .finally(() => {
        this.#lookups.delete(lookup);
        wake();
      });
    this.#lookups.add(lookup);
  }

  #send(node: SinkNode, to: Destination, key: unknown, value: unknown, record: RecordContext): void {
    const { topic } = to;
    let keyBytes: Buffer | null;
    let valueBytes: Buffer | null;
    let partition: number;
    try {
      keyBytes = key === null || key === undefined ? null : to.key.serialize(topic, key, record.headers);
      valueBytes = value === null || value === undefined ? null : to.value.serialize(topic, value, record.headers);
      partition = this.#choose(node, to, key, value, keyBytes);
      const { traced, sender } = this.#options;
      const headers = traced ? traced(record.headers, topic, node.name) : record.headers;
      sender.send(topic, partition, keyBytes, valueBytes, record.timestamp, headers);
    } catch (error) {
      this.#options.faults.production(error, node.name, topic, key, value, record);
      return;
    }
    this.sent++;
    this.#count(to, partition);
  }

  /** Most records go where the one before them went. */
  #count({ topic, partitions }: Destination, partition: number): void {
    if (topic !== this.#last) {
      let counts = this.#sentTo.get(topic);
      if (!counts) {
        this.#sentTo.set(topic, (counts = Array<number>(partitions).fill(0)));
        this.onTopic?.(topic, counts);
      }
      this.#last = topic;
      this.#lastSent = counts;
    }
    this.#lastSent[partition] = (this.#lastSent[partition] ?? 0) + 1;
  }

  #choose(
    { partitioner, internal }: SinkNode,
    { topic, partitions, key: serde }: Destination,
    key: unknown,
    value: unknown,
    keyBytes: Buffer | null,
  ): number {
    const chosen = partitioner?.(topic, key, value, partitions) ?? null;
    if (chosen !== null) return chosen;
    if (keyBytes) {
      const bytes = internal ? keyBytes : (serde.partitionBytes?.(keyBytes) ?? keyBytes);
      return partitionOf(bytes, partitions);
    }
    return Math.floor(this.#sticky++ / STICKY_RECORDS) % partitions;
  }
}

function waitingName(node: SinkNode, topic: string): string {
  return `${node.name} ${topic}`;
}
