import type { Serde } from '../core/serde.ts';

/** Equality of keys is equality of their bytes. */
export function sameKey<K>(one: K, other: K, serde: Serde<K>): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  return serde.serialize('', one).equals(serde.serialize('', other));
}
