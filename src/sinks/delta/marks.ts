import { StreamsError } from '../../core/errors.ts';
import type { Txn } from './actions.ts';
import type { Snapshot } from './snapshot.ts';

/** How far an application has got with this write: kept in the table, in the same commit as the rows. */
export interface TxnMark {
  readonly appId: string;
  /** Grows with each write of the application. */
  readonly version: number;
}

/** What the table says about the marks that a write wants to set. */
export type MarkCheck = 'ahead' | 'taken' | 'moved';

/**
 * `ahead`: write. `taken`: the table has all of it already. `moved`: the table is not where the writer thinks it is.
 *
 * @param expected the versions that the writer believes the table has (null: none); without it, older ones are all the same
 */
export function checkMarks(
  snapshot: Snapshot,
  marks: readonly TxnMark[],
  expected?: ReadonlyMap<string, number | null>,
): MarkCheck {
  const behind = marks.filter(({ appId, version }) => (snapshot.txns.get(appId)?.version ?? -Infinity) < version);
  if (expected) {
    const asBelieved = marks.every(({ appId }) => {
      return (snapshot.txns.get(appId)?.version ?? null) === (expected.get(appId) ?? null);
    });
    return asBelieved && behind.length === marks.length ? 'ahead' : 'moved';
  }
  if (behind.length === marks.length) return 'ahead';
  if (behind.length === 0) return 'taken';
  throw new StreamsError('TABLE_CONFLICT', 'the table has a part of these marks already', { retriable: false });
}

export function txnsOf(marks: readonly TxnMark[]): Txn[] {
  const lastUpdated = Date.now();
  return marks.map(({ appId, version }) => ({ appId, version, lastUpdated }));
}
