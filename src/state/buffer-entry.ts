import type { Header, RecordContext } from '../core/record.ts';
import { NO_HEADERS } from '../core/record.ts';
import type { Serde } from '../core/serde.ts';
import { readInt64, writeInt64 } from '../core/int64.ts';

/** One row that waits in a suppression buffer. */
export interface BufferEntry {
  /** When it may go, in stream time. */
  readonly time: number;
  /** The row before the first update that waits. */
  readonly prior: Buffer | null;
  readonly old: Buffer | null;
  readonly next: Buffer | null;
  /** The record of the last update. */
  readonly record: RecordContext;
}

const NONE = -1;
const SAME_AS_PRIOR = -2;

/**
 * Entries as Kafka Streams writes them to a buffer's changelog, version 3: the record's context (timestamp, offset, topic,
 * partition, headers), the prior value, the old value (or that it is the prior), the new value, the time.
 */
export const bufferEntrySerde: Serde<BufferEntry> = Object.freeze({
  name: 'bufferEntry',
  serialize: (_topic: string, { time, prior, old, next, record }: BufferEntry) =>
    Buffer.concat([
      contextBytes(record),
      sized(prior),
      old !== null && prior !== null && old.equals(prior) ? int32(SAME_AS_PRIOR) : sized(old),
      sized(next),
      int64(time),
    ]),
  deserialize: (_topic: string, bytes: Buffer) => {
    const reader = new Reader(bytes);
    const record = reader.context();
    const prior = reader.sized();
    const oldLength = reader.int32();
    const old = oldLength === SAME_AS_PRIOR ? prior : reader.bytes(oldLength);
    const next = reader.sized();
    return { record, prior, old, next, time: reader.int64() };
  },
});

/** What an entry counts for in the buffer's size: Kafka Streams' estimate, so that limits mean the same. */
export function bufferEntryBytes(keyBytes: number, { prior, old, next, record }: BufferEntry): number {
  const sameAsPrior = old !== null && prior !== null && old.equals(prior);
  let bytes = 8 + keyBytes + (prior?.length ?? 0) + (sameAsPrior ? 0 : (old?.length ?? 0)) + (next?.length ?? 0);
  bytes += 20 + record.topic.length;
  for (const { key, value } of record.headers) bytes += key.length + (value?.length ?? 0);
  return bytes;
}

function contextBytes({ timestamp, offset, topic, partition, headers }: RecordContext): Buffer {
  const parts = [int64(timestamp), int64(offset), sized(Buffer.from(topic)), int32(partition), int32(headers.length)];
  for (const { key, value } of headers) parts.push(sized(Buffer.from(key)), sized(value));
  return Buffer.concat(parts);
}

function sized(bytes: Buffer | null): Buffer {
  return bytes === null ? int32(NONE) : Buffer.concat([int32(bytes.length), bytes]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  writeInt64(bytes, value, 0);
  return bytes;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  int64(): number {
    this.#at += 8;
    return readInt64(this.#bytes, this.#at - 8);
  }

  bytes(length: number): Buffer | null {
    if (length < 0) return null;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  sized(): Buffer | null {
    return this.bytes(this.int32());
  }

  context(): RecordContext {
    const timestamp = this.int64();
    const offset = this.int64();
    const topic = this.sized()?.toString() ?? '';
    const partition = this.int32();
    const headers: Header[] = [];
    for (let left = this.int32(); left > 0; left--) {
      headers.push({ key: this.sized()?.toString() ?? '', value: this.sized() });
    }
    return { timestamp, offset, topic, partition, headers: headers.length === 0 ? NO_HEADERS : headers };
  }
}
