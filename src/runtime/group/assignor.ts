/** What a member says of a task that it runs: nobody is further. Kafka Streams' `Task.LATEST_OFFSET`. */
export const RUNNING = -2;

export interface AssignorTask {
  /** `<sub-topology>_<partition>` */
  readonly id: string;
  /** The sum of its changelogs' end offsets; null: it has no state. */
  readonly endOffsets: number | null;
}

/** One member of the group, a stream thread, as the assignor sees it. */
export interface AssignorMember {
  readonly id: string;
  /** Threads of one process share its local state. */
  readonly processId: string;
  /**
   * Of each task that it runs or has state of: {@link RUNNING}, or the sum of the changelog positions that the state includes.
   */
  readonly offsets: ReadonlyMap<string, number>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface AssignorOptions {
  readonly acceptableRecoveryLag: number;
  readonly numStandbyReplicas: number;
  readonly maxWarmupReplicas: number;
  readonly rackAwareAssignmentTags: readonly string[];
}

export interface MemberTasks {
  readonly active: readonly string[];
  /** Warm-ups too. */
  readonly standby: readonly string[];
}

export interface TaskAssignment {
  readonly members: ReadonlyMap<string, MemberTasks>;
  /** Tasks that run where they are caught up, and not yet where they should. While there are some, a later round looks again. */
  readonly moving: number;
}

/** Tasks by partition, then by sub-topology: going through them so spreads each sub-topology over the members. */
export function byPartitionFirst(a: string, b: string): number {
  const [subA = 0, partA = 0] = a.split('_').map(Number);
  const [subB = 0, partB = 0] = b.split('_').map(Number);
  return partA - partB || subA - subB;
}
