import type { NeedsPreparation, Serde, SerdeUse } from '../core/serde.ts';

/** The serde made ready for a use; itself where it needs nothing. */
export async function prepared<T>(serde: Serde<T>, use: SerdeUse): Promise<Serde<T>> {
  return (await serde.prepare?.(use)) ?? serde;
}

/** The optional methods of a serde that is made of others. `again` makes it of prepared ones. */
export function combined<T>(
  inner: readonly Pick<Serde<unknown>, 'prepare' | 'recover'>[],
  again: (use: SerdeUse) => Promise<Serde<T>>,
): Pick<Serde<T>, 'prepare' | 'recover'> {
  const recover = async (error: NeedsPreparation): Promise<void> => {
    for (const one of inner) await one.recover?.(error);
  };
  return {
    ...(inner.some((one) => one.prepare) ? { prepare: again } : {}),
    ...(inner.some((one) => one.recover) ? { recover } : {}),
  };
}
