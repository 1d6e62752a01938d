import { withTimestamp } from '../core/record.ts';
import type { JoinWindowStore } from '../state/store.ts';
import { ObservedTime } from './observed-time.ts';
import type { Forward, ProcessorContext, ProcessorSupplier } from './processor.ts';
import type { StreamJoinOptions } from './stream-join.ts';
import { unready } from './unready.ts';

/**
 * A join of a stream with itself by one store (the optimisation `single.store.self.join`): the same pairs in the same
 * order as by two. A record always has itself for a partner, so outer joins are no different.
 */
export function selfJoin<K, V, R>(
  store: string,
  options: Omit<StreamJoinOptions, 'waiting'>,
): ProcessorSupplier<K, V, K, R> {
  const { beforeMs, afterMs, graceMs } = options;
  const joiner = options.joiner as (left: V, right: V, key: K) => R;
  const retentionMs = beforeMs + afterMs + graceMs;
  return () => {
    let forward: Forward<K, R> = unready;
    let task: ProcessorContext<K, R> | null = null;
    let records: Pick<JoinWindowStore<K, V>, 'fetch'> = { fetch: unready };
    let observed: ObservedTime | null = null;
    return {
      init(context) {
        task = context;
        forward = context.forward;
        records = context.store<JoinWindowStore<K, V>>(store);
        observed = new ObservedTime(context.emission, context.node);
      },
      process(key, value, record) {
        if (key === null || value === null) {
          task?.dropped(value === null ? 'null-value' : 'null-join-key', record);
          return;
        }
        const { timestamp } = record;
        const streamTime = observed?.after(timestamp) ?? timestamp;
        const at = (time: number) => (time > timestamp ? withTimestamp(record, time) : record);
        // The record as the left one, then as the right one, with itself between where time puts it.
        for (const right of records.fetch(key, Math.max(0, timestamp - beforeMs), Math.max(0, timestamp + afterMs))) {
          forward(key, joiner(value, right.value, key), at(right.timestamp));
        }
        let own = timestamp > streamTime - retentionMs + 1;
        for (const left of records.fetch(key, Math.max(0, timestamp - afterMs), Math.max(0, timestamp + beforeMs))) {
          if (own && left.timestamp > timestamp) {
            own = false;
            forward(key, joiner(value, value, key), record);
          }
          forward(key, joiner(left.value, value, key), at(left.timestamp));
        }
        if (own) forward(key, joiner(value, value, key), record);
      },
    };
  };
}
