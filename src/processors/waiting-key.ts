import type { Serde } from '../core/serde.ts';
import { prepared, recoverAny } from './in-flight-serde.ts';

const TIME_BYTES = 8;
const SEQUENCE_BYTES = 4;

/** Where a record waits: by its time, then its key's bytes, then the order in which records came. */
export class WaitingKey<K> {
  readonly time: number;
  readonly key: K;
  readonly sequence: number;
  /** As the store has it, once it was written or read. */
  bytes: Buffer = Buffer.alloc(0);

  constructor(time: number, key: K, sequence: number) {
    this.time = time;
    this.key = key;
    this.sequence = sequence;
  }
}

/** Time (8 bytes), key, sequence number (4 bytes); null, before all others, is empty. */
export function waitingKeySerde<K>(key: Serde<K>): Serde<WaitingKey<K> | null> {
  return {
    name: `waiting(${key.name})`,
    serialize(topic, waiting) {
      if (waiting === null || waiting.bytes.length > 0) return waiting?.bytes ?? Buffer.alloc(0);
      const keyBytes = key.serialize(topic, waiting.key);
      const bytes = Buffer.alloc(TIME_BYTES + keyBytes.length + SEQUENCE_BYTES);
      bytes.writeBigInt64BE(BigInt(waiting.time), 0);
      keyBytes.copy(bytes, TIME_BYTES);
      bytes.writeUInt32BE(waiting.sequence, TIME_BYTES + keyBytes.length);
      waiting.bytes = bytes;
      return bytes;
    },
    deserialize(topic, bytes) {
      if (bytes.length === 0) return null;
      const end = bytes.length - SEQUENCE_BYTES;
      const time = Number(bytes.readBigInt64BE(0));
      const waiting = new WaitingKey(
        time,
        key.deserialize(topic, bytes.subarray(TIME_BYTES, end)),
        bytes.readUInt32BE(end),
      );
      waiting.bytes = bytes;
      return waiting;
    },
    prepare: async (use) => waitingKeySerde(await prepared(key, { ...use, role: 'key' })),
    recover: async (error) => {
      await recoverAny([key], error);
    },
  };
}
