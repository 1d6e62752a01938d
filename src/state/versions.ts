import { messageOf, StreamsError } from '../core/errors.ts';
import type { Serde } from '../core/serde.ts';
import { readInt64, writeInt64 } from '../core/int64.ts';

/** A value from a time on; null says that there was none. */
export interface Version<V> {
  readonly validFrom: number;
  readonly value: V | null;
}

/** What one key had, newest first. */
export type Versions<V> = readonly Version<V>[];

/** The versions with one more; another of the same time is replaced. */
export function withVersion<V>(versions: Versions<V>, version: Version<V>): Versions<V> {
  const at = versions.findIndex(({ validFrom }) => validFrom <= version.validFrom);
  if (at < 0) return [...versions, version];
  const rest = versions[at]?.validFrom === version.validFrom ? at + 1 : at;
  return [...versions.slice(0, at), version, ...versions.slice(rest)];
}

/** Without those that ended before a time; a deletion that nothing stands under says nothing either. */
export function withoutHistory<V>(versions: Versions<V>, before: number): Versions<V> {
  const last = versions.findIndex(({ validFrom }) => validFrom <= before);
  const kept = last < 0 ? versions : versions.slice(0, last + 1);
  const oldest = kept.at(-1);
  return oldest !== undefined && oldest.value === null && oldest.validFrom < before ? kept.slice(0, -1) : kept;
}

const NULL_LENGTH = -1;
const VERSION_BYTES = 12;

/** One after the other: time (8 bytes), length (4 bytes, -1 for none), value. */
export function packVersions(versions: Versions<Buffer>): Buffer {
  const parts = versions.flatMap(({ validFrom, value }) => {
    const head = Buffer.allocUnsafe(VERSION_BYTES);
    writeInt64(head, validFrom, 0);
    head.writeInt32BE(value === null ? NULL_LENGTH : value.length, 8);
    return value === null ? [head] : [head, value];
  });
  return Buffer.concat(parts);
}

export function unpackVersions(bytes: Buffer): Versions<Buffer> {
  const versions: Version<Buffer>[] = [];
  for (let at = 0; at < bytes.length;) {
    const validFrom = readInt64(bytes, at);
    const length = bytes.readInt32BE(at + 8);
    at += VERSION_BYTES;
    const end = at + Math.max(0, length);
    if (end > bytes.length) throw new RangeError(`${length} bytes announced at ${at}, fewer are there`);
    versions.push({ validFrom, value: length === NULL_LENGTH ? null : bytes.subarray(at, end) });
    at = end;
  }
  return versions;
}

/** The versions of a key as the store below keeps them. */
export function versionsSerde<V>(inner: Serde<V>): Serde<Versions<V>> {
  return {
    name: `versions(${inner.name})`,
    serialize: (topic, versions) =>
      packVersions(
        versions.map(({ validFrom, value }) => ({
          validFrom,
          value: value === null ? null : inner.serialize(topic, value),
        })),
      ),
    deserialize(topic, bytes) {
      let packed: Versions<Buffer>;
      try {
        packed = unpackVersions(bytes);
      } catch (error) {
        throw new StreamsError('DESERIALIZATION', `the versions of a key cannot be read: ${messageOf(error)}`, {
          cause: error,
        });
      }
      return packed.map(({ validFrom, value }) => ({
        validFrom,
        value: value === null ? null : inner.deserialize(topic, value),
      }));
    },
  };
}
