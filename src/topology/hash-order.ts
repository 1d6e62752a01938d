/**
 * The order in which Java's `HashSet` lists strings. Kafka Streams prints sets of topics and stores in that order, so
 * `describe()` needs it to be equal to the character.
 */
export function hashOrder(names: readonly string[]): readonly string[] {
  const unique = [...new Set(names)];
  let buckets = 16;
  while (unique.length > buckets * 0.75) buckets *= 2;
  const bucket = (name: string): number => {
    const hash = hashCode(name);
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return unique
    .map((name, i) => ({ name, i, at: bucket(name) }))
    .sort((a, b) => a.at - b.at || a.i - b.i)
    .map(({ name }) => name);
}

/** `String.hashCode` of Java. */
function hashCode(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}
