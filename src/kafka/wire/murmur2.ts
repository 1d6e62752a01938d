const SEED = 0x9747b28c | 0;
const M = 0x5bd1e995;

/**
 * Murmur2 as Kafka's Java clients compute it (org.apache.kafka.common.utils.Utils.murmur2): a signed 32-bit number, of the
 * first `length` bytes.
 */
export function murmur2(data: Uint8Array, length = data.length): number {
  let h = SEED ^ length;
  let at = 0;
  for (const last = length - 4; at <= last; at += 4) {
    let k =
      (data[at] as number) |
      ((data[at + 1] as number) << 8) |
      ((data[at + 2] as number) << 16) |
      ((data[at + 3] as number) << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const rest = length - at;
  if (rest >= 3) h ^= (data[at + 2] as number) << 16;
  if (rest >= 2) h ^= (data[at + 1] as number) << 8;
  if (rest >= 1) h = Math.imul(h ^ (data[at] as number), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

/** The partition that Kafka's default partitioner gives a key: murmur2 (of `length` bytes), made positive, modulo. */
export function partitionOf(key: Uint8Array, partitions: number, length = key.length): number {
  return (murmur2(key, length) & 0x7fffffff) % partitions;
}
