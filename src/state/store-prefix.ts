/** What all keys of a store begin with in its task's database; that of the next number is where they end. */
export function storePrefix(number: number): Buffer {
  const prefix = Buffer.alloc(2);
  prefix.writeUInt16BE(number, 0);
  return prefix;
}
