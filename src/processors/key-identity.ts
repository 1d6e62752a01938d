/** Something that is the same for equal keys, to find them in a `Map`: a primitive is itself; others go by their content. */
export function keyIdentity(key: unknown): unknown {
  if (typeof key !== 'object' || key === null) return key;
  if (Buffer.isBuffer(key)) return key.toString('latin1');
  return JSON.stringify(key, (_name, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
}
