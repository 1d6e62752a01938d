import type { Serde } from '../core/serde.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import { sequenceSerde } from './sequence-serde.ts';

const idSerde: Serde<string> = Object.freeze({
  name: 'id',
  serialize: (_topic: string, id: string) => Buffer.from(id),
  deserialize: (_topic: string, bytes: Buffer) => bytes.toString(),
});

/** The store behind `dedupe`: the event time at which each id was last let through, by id. */
export function dedupeStore(name: string): StoreSpec {
  return Object.freeze({
    name,
    kind: 'keyValue',
    key: idSerde,
    value: sequenceSerde,
    persistent: true,
    cached: false,
    logged: true,
    logConfig: {},
  });
}
