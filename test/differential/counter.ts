import type { ProcessorContext, ProcessorSupplier } from '../../src/processors/processor.ts';
import type { KeyValueStore } from '../../src/state/store.ts';
import type { Op } from './scenario-format.ts';

type Text = string | null;

/** The oracle's processor: counts the records of each key in a store; a punctuator, if any, sends all counts. */
export function counter(
  store: string,
  { clock, everyMs }: Pick<Op, 'clock' | 'everyMs'>,
): ProcessorSupplier<Text, Text, Text, Text> {
  return () => {
    let task: ProcessorContext<Text, Text> | null = null;
    let counts: KeyValueStore<Text, Text> | null = null;
    return {
      init(context) {
        task = context;
        const rows = context.store<KeyValueStore<Text, Text>>(store);
        counts = rows;
        if (clock === undefined || everyMs === undefined) return;
        context.schedule(everyMs, clock, (at) => {
          for (const [key, count] of rows.all()) context.forward(key, `${count}@${at}`, context.syntheticRecord(at));
        });
      },
      process(key, _value, record) {
        if (key === null || counts === null) return;
        const now = String(Number(counts.get(key) ?? '0') + 1);
        counts.put(key, now);
        task?.forward(key, now, record);
      },
    };
  };
}
