import { StreamsError } from '../../core/errors.ts';
import type { Serde } from '../../core/serde.ts';

/** The serde, or an error that says which option to give. @throws TOPOLOGY_INVALID */
export function needSerde<T>(
  serde: Serde<T> | null,
  what: string,
  role: 'keys' | 'values',
  where: string,
  option: string,
): Serde<T> {
  if (serde !== null) return serde;
  throw new StreamsError(
    'TOPOLOGY_INVALID',
    `${what} needs a serde for its ${role}, and none is known there; give the option \`${option}\` of ${where}.`,
  );
}
