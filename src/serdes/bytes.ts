import type { Serde } from '../core/serde.ts';

/** The bytes as they are: no copy in either direction. The default where no serde is given. */
export const bytes: Serde<Buffer> = Object.freeze({
  name: 'bytes',
  serialize: (_topic: string, value: Buffer): Buffer => value,
  deserialize: (_topic: string, value: Buffer): Buffer => value,
});
