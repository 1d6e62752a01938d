/** One member of the group as the assignor sees it. */
export interface AssignorMember {
  readonly id: string;
  /** Tasks whose state it has: those it ran before this round. */
  readonly previous: readonly string[];
}

/**
 * Gives each task to one member: balanced within one task, and sticky, so that tasks stay where their state is. Pure:
 * the same input gives the same answer on every machine.
 *
 * A member keeps its previous tasks up to its share; the rest goes, in task order, to whoever has least.
 */
export function assignTasks(
  tasks: readonly string[],
  members: readonly AssignorMember[],
): ReadonlyMap<string, readonly string[]> {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const result = new Map<string, string[]>(sorted.map((member) => [member.id, []]));
  if (sorted.length === 0) return result;
  const share = Math.floor(tasks.length / sorted.length);
  let larger = tasks.length % sorted.length;
  const open = new Set(tasks);
  for (const member of sorted) {
    const kept = member.previous.filter((task) => open.has(task));
    const mayKeep = kept.length > share && larger > 0 ? share + 1 : share;
    if (kept.length > share && larger > 0) larger--;
    for (const task of kept.slice(0, mayKeep)) {
      open.delete(task);
      result.get(member.id)?.push(task);
    }
  }
  // Tasks of one sub-topology are spread out by going through them partition by partition.
  const rest = [...open].sort(byPartitionFirst);
  for (const task of rest) {
    let least: string[] | undefined;
    for (const owned of result.values()) if (!least || owned.length < least.length) least = owned;
    least?.push(task);
  }
  return result;
}

function byPartitionFirst(a: string, b: string): number {
  const [subA = 0, partA = 0] = a.split('_').map(Number);
  const [subB = 0, partB = 0] = b.split('_').map(Number);
  return partA - partB || subA - subB;
}
