/** What `/status` answers and the status page shows, for one process that runs some stages of an application. */
export interface StatusReport {
  readonly app: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly uptimeMs: number;
  readonly stages: readonly StageStatus[];
  readonly tables: readonly TableStatus[];
  readonly deadLetters: readonly DeadLetterStatus[];
}

export interface StageStatus {
  readonly name: string;
  readonly applicationId: string;
  /** Kafka Streams' name of the state: `RUNNING`, `REBALANCING`, … */
  readonly state: string;
  /** Records processed since the start. */
  readonly processed: number;
  /** Records per second over the last few seconds. */
  readonly rate: number;
  /** Records between the position and the end, over all partitions; null while it is not known. */
  readonly lag: number | null;
  readonly tasks: readonly TaskStatus[];
  /** Copies of tasks that run in other processes. */
  readonly standbys: readonly StandbyStatus[];
  readonly error: string | null;
}

export interface TaskStatus {
  readonly id: string;
  readonly topics: readonly string[];
  readonly processed: number;
  readonly rate: number;
  readonly lag: number | null;
  readonly partitions: readonly PartitionStatus[];
  /** Changelog offsets to read before it runs; 0: it is restored. */
  readonly restoreRemaining: number;
  /** Stores whose changelogs are being read. */
  readonly restoring: readonly RestoreStatus[];
  readonly stores: readonly string[];
  readonly sizes: readonly StoreSizeStatus[];
}

export interface StoreSizeStatus {
  readonly store: string;
  /** Bytes of its files, about; null: it is in memory, or not known yet. */
  readonly diskBytes: number | null;
  /** Bytes written since the last commit, about. */
  readonly uncommittedBytes: number;
}

export interface RestoreStatus {
  readonly store: string;
  /** Of what there was to read at the start, 0 to 100. */
  readonly percent: number;
  /** Records read so far. */
  readonly restored: number;
  /** Records per second over the last few seconds. */
  readonly rate: number;
  /** Changelog offsets still to be read. */
  readonly remaining: number;
}

export interface StandbyStatus {
  /** Id of the task that it is a copy of. */
  readonly id: string;
  /** Changelog offsets that it is behind; null while that is not known. */
  readonly lag: number | null;
  readonly stores: readonly { readonly store: string; readonly position: number; readonly lag: number }[];
  readonly sizes: readonly StoreSizeStatus[];
}

export interface PartitionStatus {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to process. */
  readonly position: number;
  readonly committed: number | null;
  readonly lag: number;
}

export interface TableStatus {
  readonly name: string;
  readonly rows: number;
  /** Version of the table's log. */
  readonly version: number;
}

export interface DeadLetterStatus {
  readonly topic: string;
  readonly records: number;
}
