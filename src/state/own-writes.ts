import type { BackingBatch } from './backing.ts';

/** What a task does with a store that keeps its uncommitted entries in a form of its own. */
export interface OwnWrites {
  /** Written since the last commit and to be written by the next, an estimate. */
  readonly uncommittedBytes: number;
  /** What is there now belongs to a commit; later writes to the next. */
  beginCommit(): void;
  /** Puts what the commit has into the batch, letting others run now and then; `streamTime` is that of the commit. */
  writeTo(batch: BackingBatch, streamTime: number): Promise<void>;
  endCommit(): void;
  /** The commit failed: its writes are uncommitted again. */
  undoCommit(): void;
}
