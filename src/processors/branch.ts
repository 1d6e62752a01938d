import type { RecordContext } from '../core/record.ts';
import type { Forward, ProcessorSupplier } from './processor.ts';

/** One branch of a split: the node of its records, and which ones. No predicate: all that are left. */
export interface Branch<K, V> {
  readonly child: string;
  readonly predicate: ((value: V, key: K, record: RecordContext) => boolean) | null;
}

/** Sends each record to the first branch whose predicate holds; a record that fits none is dropped. */
export function branch<K, V>(branches: readonly Branch<K, V>[]): ProcessorSupplier<K, V, K, V> {
  const last = branches.find((one) => one.predicate === null);
  const tests = branches.flatMap(({ child, predicate }) => (predicate === null ? [] : [{ child, predicate }]));
  return () => {
    const routes: {
      readonly test: (value: V, key: K, record: RecordContext) => boolean;
      readonly to: Forward<K, V>;
    }[] = [];
    let rest: Forward<K, V> | null = null;
    return {
      init(context) {
        for (const { child, predicate } of tests) routes.push({ test: predicate, to: context.forwardTo(child) });
        if (last) rest = context.forwardTo(last.child);
      },
      process(key, value, record) {
        for (const route of routes) {
          if (route.test(value, key, record)) {
            route.to(key, value, record);
            return;
          }
        }
        if (rest !== null) rest(key, value, record);
      },
    };
  };
}
