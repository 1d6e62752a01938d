import { StreamsError } from '../core/errors.ts';
import type { Headers } from '../core/record.ts';
import type { NeedsPreparation, Serde, SerdeUse, Windowed } from '../core/serde.ts';
import { readInt64, writeInt64 } from '../core/int64.ts';
import { text, textWithRoom } from './text.ts';

/**
 * The key of a windowed table, as Kafka Streams' `TimeWindowedSerde` writes it: the key's bytes, then the window's start
 * in 8 bytes. The end is not in the bytes; reading needs `sizeMs`, writing does not.
 */
export function windowed<K>(inner: Serde<K>, sizeMs?: number): Serde<Windowed<K>> {
  const name = sizeMs === undefined ? `windowed(${inner.name})` : `windowed(${inner.name}, ${sizeMs} ms)`;
  return composed(inner, (key) => windowed(key, sizeMs), {
    name,
    serialize(topic, value, headers): Buffer {
      const bytes = withRoom(inner, topic, value.key, 8, headers);
      writeInt64(bytes, value.window.start, bytes.length - 8);
      return bytes;
    },
    partitionLength: (bytes) => bytes.length - 8,
    deserialize(topic, bytes, headers): Windowed<K> {
      if (sizeMs === undefined) {
        throw new StreamsError(
          'DESERIALIZATION',
          `${name}: give the window size, windowed(inner, sizeMs), to read keys`,
        );
      }
      const at = keyLength(name, bytes, 8);
      const start = readInt64(bytes, at);
      return { key: inner.deserialize(topic, bytes.subarray(0, at), headers), window: { start, end: start + sizeMs } };
    },
  });
}

/** The key of a session, as Kafka Streams' `SessionWindowedSerde` writes it: the key's bytes, the end, the start. */
export function sessionWindowed<K>(inner: Serde<K>): Serde<Windowed<K>> {
  const name = `sessionWindowed(${inner.name})`;
  return composed(inner, (key) => sessionWindowed(key), {
    name,
    serialize(topic, value, headers): Buffer {
      const bytes = withRoom(inner, topic, value.key, 16, headers);
      writeInt64(bytes, value.window.end, bytes.length - 16);
      writeInt64(bytes, value.window.start, bytes.length - 8);
      return bytes;
    },
    partitionLength: (bytes) => bytes.length - 16,
    deserialize(topic, bytes, headers): Windowed<K> {
      const at = keyLength(name, bytes, 16);
      const window = { start: readInt64(bytes, at + 8), end: readInt64(bytes, at) };
      return { key: inner.deserialize(topic, bytes.subarray(0, at), headers), window };
    },
  });
}

/** Passes preparation on to the inner serde, where it has any. */
function composed<K>(
  inner: Serde<K>,
  rebuild: (prepared: Serde<K>) => Serde<Windowed<K>>,
  serde: Serde<Windowed<K>>,
): Serde<Windowed<K>> {
  if (inner.prepare) {
    serde.prepare = async (use: SerdeUse) => rebuild((await inner.prepare?.(use)) ?? inner);
  }
  if (inner.recover) {
    serde.recover = async (error: NeedsPreparation) => inner.recover?.(error);
  }
  return serde;
}

function withRoom<K>(inner: Serde<K>, topic: string, key: K, room: number, headers: Headers | undefined): Buffer {
  if (inner === (text as Serde<unknown>)) return textWithRoom(key as string, room);
  const keyBytes = inner.serialize(topic, key, headers);
  const bytes = Buffer.allocUnsafe(keyBytes.length + room);
  bytes.set(keyBytes, 0);
  return bytes;
}

function keyLength(serde: string, bytes: Buffer, tail: number): number {
  if (bytes.length < tail) {
    throw new StreamsError('DESERIALIZATION', `${serde}: expected at least ${tail} bytes, got ${bytes.length}`);
  }
  return bytes.length - tail;
}
