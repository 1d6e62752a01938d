import { StreamsError } from '../../core/errors.ts';
import type { Serde } from '../../core/serde.ts';

/** The serde, or an error that names the node and the option to give. @throws TOPOLOGY_INVALID */
export function requireSerde(
  serde: Serde<unknown> | null,
  role: 'keys' | 'values',
  node: string,
  why: string,
  where: string,
): Serde<unknown> {
  if (serde !== null) return serde;
  const option = role === 'keys' ? 'key' : 'value';
  throw invalid(
    `${node}: no serde is known for the ${role} of ${why}. Give the option \`${option}\` of ${where}; operators that change the type of the ${role} lose the serde from upstream.`,
  );
}

export function invalid(message: string): StreamsError {
  return new StreamsError('TOPOLOGY_INVALID', message);
}
