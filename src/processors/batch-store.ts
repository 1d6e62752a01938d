import type { Serde } from '../core/serde.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import { prepared, recoverAny } from './in-flight-serde.ts';
import type { BatchItem } from './options.ts';
import { ByteReader, ByteWriter } from './record-bytes.ts';

/** A batch that is open at a commit. */
export interface OpenBatch<V> {
  /** Wall clock time of its first record, in ms. */
  readonly openedMs: number;
  readonly items: readonly BatchItem<V>[];
}

const VERSION = 1;

/** Layout: version, opening time, number of items, then each item's record context and value bytes (see {@link ByteWriter}). */
export function openBatchSerde<V>(value: Serde<V>): Serde<OpenBatch<V>> {
  return {
    name: `openBatch(${value.name})`,
    serialize: (topic, batch) => {
      const writer = new ByteWriter().u32(VERSION).f64(batch.openedMs).u32(batch.items.length);
      for (const item of batch.items) {
        writer.record(item.record).bytes(item.value === null ? null : value.serialize(topic, item.value));
      }
      return writer.done();
    },
    deserialize: (topic, bytes) => {
      const reader = new ByteReader(bytes);
      const version = reader.u32();
      if (version !== VERSION) throw new RangeError(`layout ${version} of an open batch is not known here`);
      const openedMs = reader.f64();
      const items: BatchItem<V>[] = [];
      for (let left = reader.u32(); left > 0; left--) {
        const record = reader.record();
        const valueBytes = reader.bytes();
        items.push({ record, value: (valueBytes === null ? null : value.deserialize(topic, valueBytes)) as V });
      }
      return { openedMs, items };
    },
    prepare: async (use) => openBatchSerde(await prepared(value, use)),
    recover: async (error) => {
      await recoverAny([value], error);
    },
  };
}

/** The store behind `batch`: the open batches by their key. */
export function batchStore<K, V>(name: string, key: Serde<K>, value: Serde<V>): StoreSpec {
  return Object.freeze({
    name,
    kind: 'keyValue',
    key: key,
    value: openBatchSerde(value),
    persistent: true,
    cached: false,
    logged: true,
    logConfig: {},
  });
}
