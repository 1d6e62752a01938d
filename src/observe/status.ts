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
  readonly stores: readonly string[];
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
