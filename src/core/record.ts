/**
 * What travels beside a key and a value through a topology.
 *
 * The hot path passes `(key, value, record)` from node to node; a node that does not change the time or the headers
 * passes the same object on. A record context is therefore never mutated: {@link withTimestamp} and
 * {@link withHeaders} make a new one.
 */
export interface RecordContext {
  /** The record's event time, in ms since the epoch. */
  readonly timestamp: number;
  /** The record's headers, in the order they were written. */
  readonly headers: Headers;
  /** The topic the record was read from; the empty string for a record that a punctuator made. */
  readonly topic: string;
  /** The partition it was read from; -1 for a record that a punctuator made. */
  readonly partition: number;
  /** The offset it was read at; -1 for a record that a punctuator made. */
  readonly offset: number;
}

/** One header of a Kafka record. A key may repeat; the value may be absent. */
export interface Header {
  readonly key: string;
  readonly value: Buffer | null;
}

export type Headers = readonly Header[];

/** The headers of a record that has none: shared, so that the common case allocates nothing. */
export const NO_HEADERS: Headers = Object.freeze([]);

/** The same record at another time. Costs one object; nothing when the time is the same. */
export function withTimestamp(record: RecordContext, timestamp: number): RecordContext {
  if (record.timestamp === timestamp) return record;
  const { headers, topic, partition, offset } = record;
  return { timestamp, headers, topic, partition, offset };
}

/** The same record with other headers. */
export function withHeaders(record: RecordContext, headers: Headers): RecordContext {
  const { timestamp, topic, partition, offset } = record;
  return { timestamp, headers, topic, partition, offset };
}

/** The last header of that name (Kafka's `lastHeader`), as text. */
export function headerText(headers: Headers, key: string): string | undefined {
  for (let i = headers.length - 1; i >= 0; i--) {
    const header = headers[i];
    if (header?.key === key) return header.value?.toString('utf8') ?? undefined;
  }
  return undefined;
}

/** The headers with `entries` set: an earlier header of the same name is replaced. */
export function setHeaders(headers: Headers, entries: Readonly<Record<string, string>>): Headers {
  const kept = headers.filter((header) => !(header.key in entries));
  return [...kept, ...Object.entries(entries).map(([key, value]) => ({ key, value: Buffer.from(value) }))];
}

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** `topic-partition`, as Kafka prints it; also the key of maps by partition. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/** A position in a partition. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: number;
}
