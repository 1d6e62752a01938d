import type { BytesReader } from './bytes-reader.ts';
import type { BytesWriter } from './bytes-writer.ts';

/** One call of one API of the Kafka protocol: how its body is written and its answer read, for the versions we speak. */
export interface WireRequest<Answer> {
  readonly apiKey: number;
  readonly apiName: string;
  /** The versions written here, preferred first; the first one that the broker knows is used. */
  readonly versions: readonly number[];
  /** From this version on the compact forms are used (KIP-482). Infinity: none of ours. */
  readonly flexibleFrom: number;
  /** How long the broker itself may hold the request back, in ms (a rebalance, a long poll): added to the time limit. */
  readonly heldMs?: number;
  write(writer: BytesWriter, version: number): void;
  read(reader: BytesReader, version: number): Answer;
}

export interface ThrottledAnswer {
  /** The broker asks for this pause, in ms, before the next request (KIP-219). */
  readonly throttleMs: number;
}

/** Groups by topic, as most requests want partitions: in the order in which the topics appear. */
export function byTopic<T extends { readonly topic: string }>(items: readonly T[]): [topic: string, items: T[]][] {
  const topics = new Map<string, T[]>();
  for (const item of items) {
    const known = topics.get(item.topic);
    if (known === undefined) topics.set(item.topic, [item]);
    else known.push(item);
  }
  return [...topics];
}
