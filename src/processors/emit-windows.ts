import type { RecordContext } from '../core/record.ts';
import { withTimestamp } from '../core/record.ts';
import type { Windowed } from '../core/serde.ts';
import type { TimestampedWindowStore } from '../state/store.ts';
import { Change } from './change.ts';
import type { Forward } from './processor.ts';

/** Forwards the windows that start in [from, to], by time, then key, each at the time of its newest record. */
export function emitWindows<K, A>(
  windows: Pick<TimestampedWindowStore<K, A>, 'fetchAllWithTimestamp'>,
  forward: Forward<Windowed<K>, Change<A>>,
): (from: number, to: number, record: RecordContext) => void {
  return (from, to, record) => {
    for (const [key, { value, timestamp }] of windows.fetchAllWithTimestamp(from, to)) {
      forward(key, new Change<A>(value, null), withTimestamp(record, timestamp));
    }
  };
}
