import type { RecordContext } from '../core/record.ts';
import type { Forward, ProcessorContext, ProcessorSupplier } from './processor.ts';
import type { StreamTableJoinOptions } from './stream-table-join.ts';
import { WaitingRecords, type WaitingStore } from './waiting-records.ts';
import { unready } from './unready.ts';

export interface TemporalJoinOptions<K, V, VT, VR> extends StreamTableJoinOptions<K, V, VT, VR> {
  readonly graceMs: number;
  /** The store of the records that wait. */
  readonly buffer: string;
}

/**
 * Joins each record with the row that held at its time, once stream time is the grace past it, so that updates of the
 * table which come late are seen (KIP-923). Stream time is that of the records which waited. What is older than the grace
 * when it comes does not wait, nor does a record without a key.
 */
export function temporalJoin<K, V, VT, VR>(options: TemporalJoinOptions<K, V, VT, VR>): ProcessorSupplier<K, V, K, VR> {
  const { table, joiner, left, graceMs } = options;
  return () => {
    let forward: Forward<K, VR> = unready;
    let task: ProcessorContext<K, VR> | null = null;
    let rowAt: (key: K, timestamp: number) => VT | null = unready;
    let waiting: WaitingRecords<K, V> | null = null;
    const join = (key: K, value: V, record: RecordContext): void => {
      const row = key === null ? null : rowAt(key, record.timestamp);
      if (left || row !== null) forward(key, joiner(value, row, key), record);
    };
    return {
      init(context) {
        task = context;
        forward = context.forward;
        const rows = table.open(context);
        rowAt = (key, timestamp) => rows.getAsOf?.(key, timestamp)?.value ?? null;
        waiting = new WaitingRecords(context.store<WaitingStore<K, V>>(options.buffer));
      },
      process(key, value, record) {
        if (value === null || (key === null && !left)) {
          task?.dropped(value === null ? 'null-value' : 'null-join-key', record);
          return;
        }
        if (key === null || waiting === null || record.timestamp < waiting.streamTime - graceMs) {
          join(key, value, record);
          return;
        }
        waiting.add(key, value, record);
        waiting.release(waiting.streamTime - graceMs, join);
      },
    };
  };
}
