/**
 * How far a store is (KIP-796): topic → partition → offset of the last record that its content includes. An active task
 * counts the topics that it reads, a standby the changelog it is filled from.
 */
export type Position = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Both together, the further one where they name the same partition. */
export function mergePositions(one: Position, other: Position): Position {
  const merged: Record<string, Record<string, number>> = {};
  for (const position of [one, other]) {
    for (const [topic, offsets] of Object.entries(position)) {
      const into = (merged[topic] ??= {});
      for (const [partition, offset] of Object.entries(offsets)) {
        into[partition] = Math.max(into[partition] ?? -1, offset);
      }
    }
  }
  return merged;
}

/**
 * Whether a position includes what a bound demands, of the partitions it counts: `no` may become `yes`. A bound that names
 * a topic which the position does not count can never be met there.
 */
export function reaches(position: Position, bound: Position): 'yes' | 'no' | { readonly unknown: string } {
  let reached = true;
  for (const [topic, offsets] of Object.entries(bound)) {
    const here = position[topic];
    if (here === undefined) return { unknown: topic };
    for (const [partition, offset] of Object.entries(here)) {
      if (offset < (offsets[partition] ?? -1)) reached = false;
    }
  }
  return reached ? 'yes' : 'no';
}
