import { StreamsError } from '../core/errors.ts';
import type { Serde } from '../core/serde.ts';
import { combined, prepared } from './combined-serde.ts';
import { murmur3 } from './murmur3.ts';
import type { Instruction, OutgoingSubscription, Subscription, SubscriptionKey } from './subscription.ts';
import type { SubscriptionResponse } from './subscription.ts';

const VERSION = 1;
const NO_HASH = 0x80;
const HASH_BYTES = 16;
const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Subscriptions as Kafka Streams writes them (version 1): version, with the top bit where there is no hash; instruction;
 * hash; primary key; primary partition (4 bytes). Reads version 0 too, which has no partition.
 */
export function subscriptionSerde<K, V>(
  key: Serde<K>,
  value: Serde<V>,
): Serde<Subscription<K> | OutgoingSubscription<K, V>> {
  return {
    name: `subscription(${key.name})`,
    serialize(topic, subscription, headers) {
      const { instruction, primaryKey, primaryPartition } = subscription;
      const hash = 'hash' in subscription ? subscription.hash : hashOf(value, topic, subscription.value);
      const keyBytes = key.serialize(`${topic}-pk`, primaryKey, headers);
      const version = primaryPartition === null ? 0 : VERSION;
      const keyAt = hash === null ? 2 : 2 + HASH_BYTES;
      const end = keyAt + keyBytes.length;
      const bytes = Buffer.allocUnsafe(version === 0 ? end : end + 4);
      bytes[0] = hash === null ? version | NO_HASH : version;
      bytes[1] = instruction;
      if (hash !== null) bytes.set(hash, 2);
      bytes.set(keyBytes, keyAt);
      if (primaryPartition !== null) bytes.writeInt32BE(primaryPartition, end);
      return bytes;
    },
    deserialize(topic, bytes, headers) {
      const version = (bytes[0] ?? 0) & ~NO_HASH;
      if (version > VERSION) throw unknownVersion('subscription', version);
      const hashEnd = ((bytes[0] ?? 0) & NO_HASH) === 0 ? 2 + HASH_BYTES : 2;
      const end = version === 0 ? bytes.length : bytes.length - 4;
      return {
        // Not a view: what is kept for long would keep the whole chunk that it came in.
        hash: hashEnd === 2 ? null : copyOf(bytes, 2, hashEnd),
        instruction: instructionOf(bytes[1]),
        primaryKey: key.deserialize(`${topic}-pk`, bytes.subarray(hashEnd, end), headers),
        primaryPartition: version === 0 ? null : bytes.readInt32BE(end),
      };
    },
    ...combined([key, value], async (use) =>
      subscriptionSerde(
        await prepared(key, { ...use, topic: `${use.topic}-pk`, role: 'key' }),
        // Hashes are taken on the way out only.
        use.direction === 'write' ? await prepared(value, { ...use, topic: `${use.topic}-vh` }) : value,
      ),
    ),
  };
}

/** Keys of subscriptions: length of the foreign key (4 bytes), foreign key, primary key. */
export function subscriptionKeySerde<KO, K>(foreign: Serde<KO>, primary: Serde<K>): Serde<SubscriptionKey<KO, K>> {
  // A store asks for a key's bytes more than once while it writes one entry.
  let latest: SubscriptionKey<KO, K> | null = null;
  let latestTopic = '';
  let latestBytes = EMPTY;
  return {
    name: `subscription(${foreign.name}, ${primary.name})`,
    serialize(topic, key, headers) {
      if (key === latest && topic === latestTopic) return latestBytes;
      const { foreignKey, primaryKey } = key;
      const foreignBytes = foreign.serialize(topic, foreignKey, headers);
      const primaryBytes = primary.serialize(topic, primaryKey, headers);
      const end = 4 + foreignBytes.length;
      const bytes = Buffer.allocUnsafe(end + primaryBytes.length);
      bytes.writeInt32BE(foreignBytes.length, 0);
      bytes.set(foreignBytes, 4);
      bytes.set(primaryBytes, end);
      latest = key;
      latestTopic = topic;
      latestBytes = bytes;
      return bytes;
    },
    deserialize(topic, bytes, headers) {
      const end = 4 + bytes.readInt32BE(0);
      return {
        foreignKey: foreign.deserialize(topic, bytes.subarray(4, end), headers),
        primaryKey: primary.deserialize(topic, bytes.subarray(end), headers),
      };
    },
    ...combined([foreign, primary], async (use) =>
      subscriptionKeySerde(await prepared(foreign, use), await prepared(primary, use)),
    ),
  };
}

/** What the bytes of all subscription keys of one foreign key begin with. */
export function foreignPrefix(foreignKey: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(4 + foreignKey.length);
  bytes.writeInt32BE(foreignKey.length, 0);
  bytes.set(foreignKey, 4);
  return bytes;
}

/**
 * Answers as Kafka Streams writes them: version, with the top bit where there is no hash; hash; foreign value. `value` is
 * that of the left table, whose hashes are compared.
 */
export function responseSerde<V, VO>(value: Serde<V>, foreign: Serde<VO>): Serde<SubscriptionResponse<V, VO>> {
  const hashLeft = (left: V): Buffer => murmur3(value.serialize('', left));
  return {
    name: `response(${foreign.name})`,
    serialize(topic, response, headers) {
      const { hash, foreignValue } = response;
      const foreignBytes = foreignValue === null ? EMPTY : foreign.serialize(topic, foreignValue, headers);
      const at = hash === null ? 1 : 1 + HASH_BYTES;
      const bytes = Buffer.allocUnsafe(at + foreignBytes.length);
      bytes[0] = hash === null ? NO_HASH : 0;
      if (hash !== null) bytes.set(hash, 1);
      bytes.set(foreignBytes, at);
      return bytes;
    },
    deserialize(topic, bytes, headers) {
      const version = (bytes[0] ?? 0) & ~NO_HASH;
      if (version > 0) throw unknownVersion('subscription response', version);
      const at = ((bytes[0] ?? 0) & NO_HASH) === 0 ? 1 + HASH_BYTES : 1;
      return {
        hash: at === 1 ? null : copyOf(bytes, 1, at),
        foreignValue: at === bytes.length ? null : foreign.deserialize(topic, bytes.subarray(at), headers),
        primaryPartition: null,
        hashOf: hashLeft,
      };
    },
    ...combined([value, foreign], async (use) =>
      responseSerde(
        await prepared(value, { ...use, topic: `${use.topic}-vh`, direction: 'both' }),
        await prepared(foreign, use),
      ),
    ),
  };
}

function copyOf(bytes: Buffer, from: number, to: number): Buffer {
  const copy = Buffer.allocUnsafe(to - from);
  bytes.copy(copy, 0, from, to);
  return copy;
}

function hashOf<V>(serde: Serde<V>, topic: string, value: V | null): Buffer | null {
  return value === null ? null : murmur3(serde.serialize(`${topic}-vh`, value));
}

function instructionOf(byte: number | undefined): Instruction {
  if (byte === 0 || byte === 1 || byte === 2 || byte === 3) return byte;
  throw new StreamsError('DESERIALIZATION', `A subscription with the unknown instruction ${byte ?? 'none'}.`);
}

function unknownVersion(what: string, version: number): StreamsError {
  return new StreamsError('DESERIALIZATION', `A ${what} of version ${version}, which this release cannot read.`);
}
