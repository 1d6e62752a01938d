import { withTimestamp } from '../core/record.ts';
import type { TimestampedKeyValueStore } from '../state/store.ts';
import type { Change } from './change.ts';
import { forwardChanges } from './forward-changes.ts';
import type { ProcessorContext, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

export interface TableAggregateOptions<K, V, A> {
  readonly store: string;
  /** The first aggregate of a group; null: its first value is (a reduce). */
  readonly initializer: (() => A) | null;
  readonly adder: (value: V, aggregate: A, key: K) => A | null;
  readonly subtractor: (value: V, aggregate: A, key: K) => A | null;
  readonly sendOldValues: boolean;
}

/**
 * Folds the rows of a regrouped table: takes the old row out (only if the group has an aggregate), then adds the new one
 * (to a first aggregate if the group has none by then). null from either function deletes the group.
 */
export function tableAggregate<K, V, A>(
  options: TableAggregateOptions<K, V, A>,
): ProcessorSupplier<K, Change<V>, K, Change<A>> {
  const { store, initializer, adder, subtractor, sendOldValues } = options;
  return () => {
    let task: ProcessorContext<K, Change<A>> | null = null;
    let groups: Pick<TimestampedKeyValueStore<K, A>, 'getWithTimestamp' | 'put'> = {
      getWithTimestamp: unready,
      put: unready,
    };
    return {
      init(context) {
        task = context;
        const opened = context.store<TimestampedKeyValueStore<K, A>>(store);
        forwardChanges(opened, context.forward, sendOldValues);
        groups = opened;
      },
      process(key, change, record) {
        if (key === null) {
          task?.dropped('null-key', record);
          return;
        }
        const old = groups.getWithTimestamp(key);
        let aggregate = old === null ? null : old.value;
        let touched = false;
        if (change.oldValue !== null && aggregate !== null) {
          aggregate = subtractor(change.oldValue, aggregate, key) ?? null;
          touched = true;
        }
        if (change.newValue !== null) {
          // A reduce that starts anew takes the value as it is, and the record's own time unless it subtracted before.
          if (aggregate !== null) aggregate = adder(change.newValue, aggregate, key) ?? null;
          else if (initializer === null) aggregate = change.newValue as unknown as A;
          else aggregate = adder(change.newValue, initializer(), key) ?? null;
          touched = true;
        }
        const later = touched && old !== null && old.timestamp > record.timestamp;
        groups.put(key, aggregate, later ? withTimestamp(record, old.timestamp) : record);
      },
    };
  };
}
