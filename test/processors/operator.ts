import { NO_HEADERS, type RecordContext } from '../../src/core/record.ts';
import type { ProcessorSupplier } from '../../src/processors/processor.ts';
import { openTaskState } from '../../src/state/open-task-state.ts';
import type { StoreSpec } from '../../src/state/store-spec.ts';
import { FakeTask } from './fake-context.ts';

export const at = (timestamp: number): RecordContext => ({
  timestamp,
  headers: NO_HEADERS,
  topic: 'in',
  partition: 0,
  offset: timestamp,
});

/** One operator in a fake task, with stores in memory and without caches. */
export async function operate<K, V>(supplier: ProcessorSupplier<K, V>, specs: readonly StoreSpec[] = []) {
  const state = await openTaskState({
    taskId: '0_0',
    dir: null,
    specs,
    cacheMaxBytes: 0,
    changelog: null,
    identity: { clusterId: 'test', changelogIds: {} },
  });
  const task = new FakeTask(state);
  const processor = supplier();
  processor.init?.(task.context);
  return {
    task,
    send: (key: K, value: V, timestamp = 0): void => processor.process(key, value, at(timestamp)),
    /** What was sent on since the last call: key, value and time. */
    sent: () => task.forwarded.splice(0).map(({ key, value, record }) => [key, value, record.timestamp]),
  };
}
