import type { Serde, Windowed } from '../core/serde.ts';
import { readInt64, writeInt64 } from '../core/int64.ts';
import { ReusedBytes } from './reused-bytes.ts';
import { copyBytes } from './scratch-key.ts';

/** The session's end and start, 8 bytes each. */
export const SESSION_SUFFIX_BYTES = 16;

/**
 * A session's key as Kafka Streams writes it to the changelog: the key's bytes, the end, the start. For a store alone,
 * which copies it at once: the next key may be in the same bytes.
 */
export function sessionKey<K>(inner: Serde<K>): Serde<Windowed<K>> {
  const reused = new ReusedBytes();
  return {
    name: `session(${inner.name})`,
    serialize(topic, { key, window }) {
      const keyBytes = inner.serialize(topic, key);
      const bytes = reused.take(keyBytes.length + SESSION_SUFFIX_BYTES);
      copyBytes(keyBytes, 0, keyBytes.length, bytes, 0);
      writeInt64(bytes, window.end, keyBytes.length);
      writeInt64(bytes, window.start, keyBytes.length + 8);
      return bytes;
    },
    deserialize(topic, bytes) {
      const at = bytes.length - SESSION_SUFFIX_BYTES;
      const window = { start: readInt64(bytes, at + 8), end: readInt64(bytes, at) };
      return { key: inner.deserialize(topic, bytes.subarray(0, at)), window };
    },
  };
}
