import type { RecordContext } from '../core/record.ts';
import type { StateStore } from '../state/store.ts';

/** Takes a record to whatever comes next. A direct, synchronous call. */
export type Forward<K, V> = (key: K, value: V, record: RecordContext) => void;

/**
 * One step of a topology at work in one task. Made by a {@link ProcessorSupplier} for each task, so it may keep state in
 * fields; what must survive a crash belongs in a store.
 */
export interface Processor<KIn = unknown, VIn = unknown, KOut = unknown, VOut = unknown> {
  /** Once, before the first record; the stores are restored by then. */
  init?(context: ProcessorContext<KOut, VOut>): void;
  process(key: KIn, value: VIn, record: RecordContext): void;
  /** Once, after the last record; nothing can be forwarded any more. */
  close?(): void;
}

export type ProcessorSupplier<KIn = unknown, VIn = unknown, KOut = unknown, VOut = unknown> = () => Processor<
  KIn,
  VIn,
  KOut,
  VOut
>;

/** `STREAM_TIME` advances with the records' timestamps, `WALL_CLOCK_TIME` with the clock, between records. */
export type PunctuationType = 'STREAM_TIME' | 'WALL_CLOCK_TIME';

/** Called with the time that triggered it, in ms. Runs on the task's loop, never in parallel with `process`. */
export type Punctuator = (timestampMs: number) => void;

/** What a processor sees of its task. */
export interface ProcessorContext<KOut = unknown, VOut = unknown> {
  readonly applicationId: string;
  /** `<sub-topology>_<partition>`. */
  readonly taskId: string;
  /** The partition this task works on. */
  readonly partition: number;
  /** This node's name. */
  readonly node: string;
  /** To every child. */
  readonly forward: Forward<KOut, VOut>;
  /** To the child of that name only. @throws TOPOLOGY_INVALID when this node has no such child */
  forwardTo(child: string): Forward<KOut, VOut>;
  /** A store that is connected to this node. @throws STORE_UNKNOWN when it is not */
  store<S extends StateStore = StateStore>(name: string): S;
  /** Runs `callback` each `intervalMs` of that kind of time, until cancelled. */
  schedule(intervalMs: number, type: PunctuationType, callback: Punctuator): Cancellable;
  /** The highest timestamp this task has seen, in ms; -1 before the first record. */
  streamTime(): number;
  /** Wall clock time in ms. */
  now(): number;
  /** Asks for a commit as soon as the current record is through. */
  commit(): void;
  /** Counts a record that was dropped on purpose. */
  dropped(reason: DropReason, record: RecordContext): void;
  /** For operators that send results once something is over; see {@link Emission}. */
  readonly emission: Emission;
  /** Runs work outside the record's call; see {@link AsyncWork}. */
  readonly async: AsyncWork;
  /** The record of a punctuator or a completion: no topic, the given time (default: stream time, or now before the first record). */
  syntheticRecord(timestampMs?: number): RecordContext;
}

/** How operators pace results that they send when windows close, and remember how far they came. */
export interface Emission {
  /** Least wall clock time between two looks for such results, in ms. */
  readonly intervalMs: number;
  /** The time last remembered under a name, before a restart too; null: none. */
  remembered(name: string): number | null;
  /** Takes effect with the next commit of the input positions, beside which it is kept. */
  remember(name: string, time: number): void;
}

export interface Cancellable {
  cancel(): void;
}

export type DropReason =
  | 'null-key'
  | 'null-value'
  | 'null-join-key'
  | 'late'
  | 'negative-timestamp'
  | 'deserialization'
  | 'processing'
  | 'production'
  | 'duplicate';

/**
 * How async operators leave the synchronous path. A task that has as much running as its operators allow takes no more
 * input until something finishes, so memory is bounded by the operators' `concurrency`.
 */
export interface AsyncWork {
  /** Tells the task that one more call runs; the task counts it for readiness and for a graceful stop. */
  started(): void;
  /**
   * Tells the task that a call ended: `complete` is run on the task's loop, between two records, and may forward and
   * write to stores. Safe to call at any time; ignored after the task was closed.
   */
  finished(complete: () => void): void;
  /** Runs a call for a record within a span of its trace; absent where nothing is traced. */
  readonly traced?: <R>(record: RecordContext, call: () => Promise<R>) => Promise<R>;
  /** While true, the task takes no input. Set by an operator that is full, cleared when it has room. */
  hold(full: boolean): void;
  /**
   * Called in each commit once all output sent so far is acknowledged, and before the input positions are committed:
   * the place to replace or delete, in a store, what that output came from. Done earlier, a crash could find the input
   * forgotten and its output not sent. What is written here is flushed once more within the same commit.
   */
  afterFlush(callback: () => void): void;
}
