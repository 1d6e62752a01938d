import type { Action, AddFile, Txn } from './actions.ts';

/** What a commit depends on: what it read to decide what to write. */
export interface CommitIntent {
  /** The application marks that it sets. */
  readonly txns: readonly Txn[];
  /** null: nothing was read (an append). */
  readonly reads: ReadSet | null;
}

export interface ReadSet {
  /** Files that were read, rewritten ones included. */
  readonly files: ReadonlySet<string>;
  /** Files that this commit removes. */
  readonly removes: ReadonlySet<string>;
  /** Whether a file that another writer added may hold rows that this commit should have seen. */
  readonly mayConcern: (add: AddFile) => boolean;
}

/**
 * What another commit that was first means for ours:
 *
 * - `none`: try the next version as it is.
 * - `mark`: it moved an application mark that ours moves too.
 * - `replan`: what ours was made from has changed: look at the table again.
 */
export type Conflict = 'none' | 'mark' | 'replan';

/**
 * Serializable for merges: a key that another writer inserted in between must not be inserted twice. Appends depend on
 * nothing but the table's shape and their marks (the rules of Delta's own ConflictChecker).
 */
export function conflictWith(intent: CommitIntent, winner: readonly Action[]): Conflict {
  const marks = new Set(intent.txns.map(({ appId }) => appId));
  let conflict: Conflict = 'none';
  for (const { metaData, protocol, txn, add, remove } of winner) {
    if (txn && marks.has(txn.appId)) return 'mark';
    if (metaData || protocol) conflict = 'replan';
    if (!intent.reads) continue;
    const { files, removes, mayConcern } = intent.reads;
    // Rows that only moved (compaction) are no news, unless the file that we remove is gone.
    if (add?.dataChange && mayConcern(add)) conflict = 'replan';
    if (remove && (remove.dataChange ? files.has(remove.path) : removes.has(remove.path))) conflict = 'replan';
  }
  return conflict;
}
