import type { Serde } from '../core/serde.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import { ByteReader, ByteWriter } from './record-bytes.ts';

/** The record of an id that passed last. */
export interface PassedRecord {
  readonly timestamp: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Which start of the task let it pass: the wall clock time of that start. */
  readonly start: number;
}

const idSerde: Serde<string> = Object.freeze({
  name: 'id',
  serialize: (_topic: string, id: string) => Buffer.from(id),
  deserialize: (_topic: string, bytes: Buffer) => bytes.toString(),
});

const passedSerde: Serde<PassedRecord> = Object.freeze({
  name: 'passed',
  serialize: (_topic: string, { timestamp, start, offset, partition, topic }: PassedRecord) =>
    new ByteWriter().f64(timestamp).f64(start).f64(offset).f64(partition).bytes(Buffer.from(topic)).done(),
  deserialize: (_topic: string, bytes: Buffer) => {
    const reader = new ByteReader(bytes);
    const [timestamp, start, offset, partition] = [reader.f64(), reader.f64(), reader.f64(), reader.f64()];
    return { timestamp, start, offset, partition, topic: reader.text() };
  },
});

/** The store behind `dedupe`: the last record that passed, by id. */
export function dedupeStore(name: string): StoreSpec {
  return Object.freeze({
    name,
    kind: 'keyValue',
    key: idSerde,
    value: passedSerde,
    persistent: true,
    cached: false,
    logged: true,
    logConfig: {},
  });
}
