import { setTimeout } from 'node:timers/promises';
import { StreamsError } from '../../core/errors.ts';
import type { Action } from './actions.ts';
import { type CommitIntent, conflictWith } from './conflict.ts';
import { jitterMs } from './jitter.ts';
import { nameOf, printCommit, putCommit } from './log.ts';
import { type TableLog, txnIdOf } from './table-log.ts';

export interface Commit {
  /** commitInfo (with a txnId) first. */
  readonly actions: readonly Action[];
  readonly intent: CommitIntent;
}

/** `mark` and `replan` as in conflict.ts; the snapshot holds the commits that were in the way. */
export type CommitOutcome =
  | { readonly kind: 'committed'; readonly version: number }
  | { readonly kind: 'mark' | 'replan' };

const ATTEMPTS = 200;
const BACK_OFF_MS = { first: 10, most: 2_000 };

/**
 * The commit loop, the same in every Delta writer:
 *
 * 1. try to put the version after the snapshot's;
 * 2. when the name is taken, read every commit from there to the newest;
 * 3. ours among them (its answer was lost): done; one that conflicts: give up this plan;
 * 4. else try the next version, after a pause that grows with each defeat.
 *
 * A crash before step 1 leaves data files that no reader sees (vacuum takes them); after step 1 the commit is there.
 *
 * @throws what the store throws; then the outcome may be unknown, which `TableLog.landed` tells after a refresh
 * @throws TABLE_CONFLICT (retriable) when other writers were first too often
 */
export async function commit(log: TableLog, { actions, intent }: Commit): Promise<CommitOutcome> {
  const bytes = printCommit(actions);
  const txnId = txnIdOf(actions) ?? '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const version = log.snapshot.version + 1;
    let won: boolean;
    try {
      won = await putCommit(log.location, version, bytes);
    } catch (error) {
      log.noteLost(txnId);
      throw error;
    }
    if (won) {
      log.applied(actions);
      return { kind: 'committed', version };
    }
    const outcome = await readWinners(log, txnId, intent);
    if (outcome) return outcome;
    await setTimeout(jitterMs(attempt, BACK_OFF_MS));
  }
  throw new StreamsError('TABLE_CONFLICT', `${nameOf(log.location)}: other writers were first ${ATTEMPTS} times`);
}

async function readWinners(log: TableLog, txnId: string, intent: CommitIntent): Promise<CommitOutcome | null> {
  let conflict: 'none' | 'mark' | 'replan' = 'none';
  for (let actions = await log.next(); actions; actions = await log.next()) {
    log.applied(actions);
    if (txnIdOf(actions) === txnId) return { kind: 'committed', version: log.snapshot.version };
    const found = conflictWith(intent, actions);
    if (found === 'mark' || conflict === 'none') conflict = found;
  }
  return conflict === 'none' ? null : { kind: conflict };
}
