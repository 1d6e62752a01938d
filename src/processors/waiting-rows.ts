import type { Serde } from '../core/serde.ts';
import { combined, prepared } from './combined-serde.ts';
import { readInt64, writeInt64 } from '../core/int64.ts';

/** Where a record without a partner waits: Kafka Streams' `TimestampedKeyAndJoinSide`. */
export interface WaitingKey<K> {
  readonly timestamp: number;
  readonly left: boolean;
  readonly key: K;
}

/** The values of one side that wait under the same key and time, oldest first. */
export interface WaitingValues<V> {
  readonly left: boolean;
  readonly values: readonly V[];
}

/** Time (8 bytes), side (1 for left, 0 for right), key: the order of the bytes is that of time. */
export function waitingKeySerde<K>(key: Serde<K>): Serde<WaitingKey<K>> {
  return {
    name: `waiting(${key.name})`,
    serialize(topic, { timestamp, left, key: inner }, headers) {
      const head = Buffer.alloc(9);
      writeInt64(head, timestamp, 0);
      head[8] = left ? 1 : 0;
      return Buffer.concat([head, key.serialize(topic, inner, headers)]);
    },
    deserialize: (topic, bytes, headers) => ({
      timestamp: readInt64(bytes, 0),
      left: bytes[8] === 1,
      key: key.deserialize(topic, bytes.subarray(9), headers),
    }),
    ...combined([key], async (use) => waitingKeySerde(await prepared(key, use))),
  };
}

const VARIABLE_SIZE = 1;

/**
 * A list as Kafka's `ListSerializer` writes it for byte arrays: the strategy (1 byte), the number of entries, and for
 * each its length and bytes. An entry is the side (1 for left) and the value.
 */
export function waitingValuesSerde<L, R>(left: Serde<L>, right: Serde<R>): Serde<WaitingValues<L | R>> {
  return {
    name: `waiting(${left.name}, ${right.name})`,
    serialize(topic, { left: isLeft, values }, headers) {
      const parts: Buffer[] = [Buffer.of(VARIABLE_SIZE, 0, 0, 0, 0)];
      parts[0]?.writeInt32BE(values.length, 1);
      for (const value of values) {
        const bytes = isLeft ? left.serialize(topic, value as L, headers) : right.serialize(topic, value as R, headers);
        const head = Buffer.alloc(5);
        head.writeInt32BE(bytes.length + 1, 0);
        head[4] = isLeft ? 1 : 0;
        parts.push(head, bytes);
      }
      return Buffer.concat(parts);
    },
    deserialize(topic, bytes, headers) {
      const count = bytes.readInt32BE(1);
      const values: (L | R)[] = [];
      let isLeft = false;
      for (let i = 0, at = 5; i < count; i++) {
        const end = at + 4 + bytes.readInt32BE(at);
        isLeft = bytes[at + 4] === 1;
        const part = bytes.subarray(at + 5, end);
        values.push(isLeft ? left.deserialize(topic, part, headers) : right.deserialize(topic, part, headers));
        at = end;
      }
      return { left: isLeft, values };
    },
    ...combined([left, right], async (use) =>
      waitingValuesSerde(await prepared(left, use), await prepared(right, use)),
    ),
  };
}
