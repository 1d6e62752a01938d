import type { FlushListener } from '../state/store.ts';
import { Change } from './change.ts';
import type { Forward } from './processor.ts';

/**
 * Sends what a store tells about its changes downstream: with each write when the store has no cache, once per key and
 * commit when it has one.
 */
export function forwardChanges<K, V>(
  store: { onFlush(listener: FlushListener<K, V>, sendOldValues: boolean): void },
  forward: Forward<K, Change<V>>,
  sendOldValues: boolean,
): void {
  store.onFlush((key, newValue, oldValue, record, latest) => {
    forward(key, new Change(newValue, sendOldValues ? oldValue : null, latest), record);
  }, sendOldValues);
}
