import { StreamsError } from '../core/errors.ts';
import type { Serde } from '../core/serde.ts';
import { Change } from './change.ts';

const OLD = 0;
const NEW = 1;
const BOTH = 2;
const OLD_LATEST = 3;
const NEW_LATEST = 4;
const BOTH_LATEST = 5;

/**
 * Changes as Kafka Streams writes them to the repartition topic of a regrouped table (since 3.5): the old value and 0;
 * the new value and 1; or the new value's length as a zig-zag varint, the new value, the old value and 2. Reading also
 * takes the forms 3 to 5, which have one more byte, `isLatest`, before the last.
 */
export function changeSerde<T>(inner: Serde<T>): Serde<Change<T>> {
  return {
    name: `change(${inner.name})`,
    serialize(topic, change, headers) {
      const { newValue, oldValue } = change;
      const added = newValue === null ? null : inner.serialize(topic, newValue, headers);
      const removed = oldValue === null ? null : inner.serialize(topic, oldValue, headers);
      if (added !== null && removed !== null) {
        return Buffer.concat([varint(added.length), added, removed, Buffer.of(BOTH)]);
      }
      if (added !== null) return Buffer.concat([added, Buffer.of(NEW)]);
      if (removed !== null) return Buffer.concat([removed, Buffer.of(OLD)]);
      throw new StreamsError('SERIALIZATION', 'A change with neither a new nor an old value cannot be written.');
    },
    deserialize(topic, bytes, headers) {
      const form = bytes[bytes.length - 1] ?? -1;
      const end = bytes.length - (form >= OLD_LATEST ? 2 : 1);
      const read = (part: Buffer): T => inner.deserialize(topic, part, headers);
      switch (form) {
        case OLD:
        case OLD_LATEST:
          return new Change<T>(null, read(bytes.subarray(0, end)));
        case NEW:
        case NEW_LATEST:
          return new Change<T>(read(bytes.subarray(0, end)), null);
        case BOTH:
        case BOTH_LATEST: {
          const [length, start] = readVarint(bytes);
          return new Change<T>(read(bytes.subarray(start, start + length)), read(bytes.subarray(start + length, end)));
        }
        default:
          throw new StreamsError('DESERIALIZATION', `A change of the unknown form ${form}.`);
      }
    },
    ...(inner.prepare ? { prepare: async (use) => changeSerde((await inner.prepare?.(use)) ?? inner) } : {}),
    ...(inner.recover ? { recover: async (error) => inner.recover?.(error) } : {}),
  };
}

/** A length as a zig-zag varint, Kafka's `ByteUtils.writeVarint`. */
function varint(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length * 2;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

function readVarint(bytes: Buffer): readonly [value: number, next: number] {
  let value = 0;
  let factor = 1;
  for (let i = 0; i < 5 && i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return [Math.floor(value / 2), i + 1];
    factor *= 0x80;
  }
  throw new StreamsError('DESERIALIZATION', 'A change whose length cannot be read.');
}
