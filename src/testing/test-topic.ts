import type { Headers } from '../core/record.ts';
import { NO_HEADERS } from '../core/record.ts';
import type { Serde } from '../core/serde.ts';

/** A record as a test reads it. */
export interface TestRecord<K, V> {
  readonly key: K | null;
  readonly value: V | null;
  readonly timestamp: number;
  readonly headers: Headers;
  readonly partition: number;
}

export interface PipeOptions {
  /** Default: the driver's wall clock. */
  readonly timestamp?: number;
  readonly headers?: Headers;
  /** Default: by the key, as a producer would choose. */
  readonly partition?: number;
}

export interface RawRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
  readonly headers: Headers;
  readonly partition: number;
}

/** Where a test puts records in. */
export class TestInputTopic<K, V> {
  readonly topic: string;
  readonly #serdes: { readonly key: Serde<K>; readonly value: Serde<V> };
  readonly #pipe: (topic: string, key: Buffer | null, value: Buffer | null, options: PipeOptions) => void;

  constructor(
    topic: string,
    serdes: { readonly key: Serde<K>; readonly value: Serde<V> },
    pipe: (topic: string, key: Buffer | null, value: Buffer | null, options: PipeOptions) => void,
  ) {
    this.topic = topic;
    this.#serdes = serdes;
    this.#pipe = pipe;
  }

  /** Sends one record and processes everything that follows from it. */
  pipe(key: K | null, value: V | null, options: PipeOptions = {}): void {
    const { topic } = this;
    const headers = options.headers ?? NO_HEADERS;
    const keyBytes = key === null ? null : this.#serdes.key.serialize(topic, key, headers);
    const valueBytes = value === null ? null : this.#serdes.value.serialize(topic, value, headers);
    this.#pipe(topic, keyBytes, valueBytes, options);
  }

  /** Sends bytes as they are, such as a malformed record. */
  pipeRaw(key: Buffer | null, value: Buffer | null, options: PipeOptions = {}): void {
    this.#pipe(this.topic, key, value, options);
  }
}

/** Where a test finds what the topology wrote, oldest first. */
export class TestOutputTopic<K, V> {
  readonly topic: string;
  readonly #serdes: { readonly key: Serde<K>; readonly value: Serde<V> };
  readonly #records: RawRecord[];

  constructor(topic: string, serdes: { readonly key: Serde<K>; readonly value: Serde<V> }, records: RawRecord[]) {
    this.topic = topic;
    this.#serdes = serdes;
    this.#records = records;
  }

  get size(): number {
    return this.#records.length;
  }

  /** Takes the oldest record; null when there is none. */
  read(): TestRecord<K, V> | null {
    const raw = this.#records.shift();
    if (!raw) return null;
    const { key, value, timestamp, headers, partition } = raw;
    return {
      key: key === null ? null : this.#serdes.key.deserialize(this.topic, key, headers),
      value: value === null ? null : this.#serdes.value.deserialize(this.topic, value, headers),
      timestamp,
      headers,
      partition,
    };
  }

  /** Takes all. */
  readAll(): TestRecord<K, V>[] {
    const all: TestRecord<K, V>[] = [];
    for (let record = this.read(); record; record = this.read()) all.push(record);
    return all;
  }
}
