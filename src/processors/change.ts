/**
 * What travels between the nodes of tables: an update of a row. null is the absence of the row. `oldValue` is null as
 * well when nobody downstream needs it: the compiler switches old values on from the consumer's side.
 */
export class Change<V> {
  readonly newValue: V | null;
  readonly oldValue: V | null;
  /** False: an update of a versioned table that came out of order; the row has a newer version. */
  readonly latest: boolean;
  constructor(newValue: V | null, oldValue: V | null, latest = true) {
    this.newValue = newValue;
    this.oldValue = oldValue;
    this.latest = latest;
  }
}
