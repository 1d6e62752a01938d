import type { RecordContext } from '../core/record.ts';
import type { NeedsPreparation, Serde, SerdeUse } from '../core/serde.ts';
import { ByteReader, ByteWriter } from './record-bytes.ts';

/** An input of `mapAsync` that was in flight at a commit. */
export interface InFlight<K, V> {
  readonly key: K | null;
  readonly value: V | null;
  readonly record: RecordContext;
}

const VERSION = 1;

/** Layout: version, record context, key bytes, value bytes (see {@link ByteWriter}); key and value through their own serdes. */
export function inFlightSerde<K, V>(key: Serde<K>, value: Serde<V>): Serde<InFlight<K, V>> {
  return {
    name: `inFlight(${key.name}, ${value.name})`,
    serialize: (topic, entry) =>
      new ByteWriter()
        .u32(VERSION)
        .record(entry.record)
        .bytes(entry.key === null ? null : key.serialize(topic, entry.key))
        .bytes(entry.value === null ? null : value.serialize(topic, entry.value))
        .done(),
    deserialize: (topic, bytes) => {
      const reader = new ByteReader(bytes);
      const version = reader.u32();
      if (version !== VERSION) throw new RangeError(`layout ${version} of an input in flight is not known here`);
      const record = reader.record();
      const keyBytes = reader.bytes();
      const valueBytes = reader.bytes();
      return {
        key: keyBytes === null ? null : key.deserialize(topic, keyBytes),
        value: valueBytes === null ? null : value.deserialize(topic, valueBytes),
        record,
      };
    },
    prepare: async (use) => inFlightSerde(await prepared(key, { ...use, role: 'key' }), await prepared(value, use)),
    recover: async (error) => {
      await recoverAny([key, value], error);
    },
  };
}

/** The serde to use there: the serde itself when it needs no preparation. */
export async function prepared<T>(serde: Serde<T>, use: SerdeUse): Promise<Serde<T>> {
  return (await serde.prepare?.(use)) ?? serde;
}

/** Passes the request on to every inner serde: one that did not ask for it has nothing to load. */
export async function recoverAny(
  serdes: readonly Pick<Serde<unknown>, 'recover'>[],
  error: NeedsPreparation,
): Promise<void> {
  for (const serde of serdes) await serde.recover?.(error);
}
