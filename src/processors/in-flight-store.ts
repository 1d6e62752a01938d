import type { Serde } from '../core/serde.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import { inFlightSerde } from './in-flight-serde.ts';
import { sequenceSerde } from './sequence-serde.ts';

/** The store behind `mapAsync`: inputs in flight at the last commit, by the sequence number of their arrival. */
export function inFlightStore<K, V>(name: string, key: Serde<K>, value: Serde<V>): StoreSpec {
  return Object.freeze({
    name,
    kind: 'keyValue',
    key: sequenceSerde,
    value: inFlightSerde(key, value),
    persistent: true,
    cached: false,
    logged: true,
    logConfig: {},
  });
}
