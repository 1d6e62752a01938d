import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_HEADERS, type Headers, type RecordContext } from '../../core/record.ts';
import type { Serde } from '../../core/serde.ts';
import { createOrderedReader } from '../../state/create-ordered-reader.ts';
import { openTaskState } from '../../state/open-task-state.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import type { ChangelogRecord, TaskState, TaskStateOptions } from '../../state/task-state.ts';

/** One of the ways a store can be made; a contract holds for each. */
export interface StoreVariant {
  readonly title: string;
  readonly onDisk: boolean;
  readonly persistent: boolean;
  readonly cached: boolean;
  readonly cacheMaxBytes: number;
}

export const storeVariants: readonly StoreVariant[] = [
  { title: 'persistent, cached', onDisk: true, persistent: true, cached: true, cacheMaxBytes: 1_000_000 },
  { title: 'persistent, cached in very little', onDisk: true, persistent: true, cached: true, cacheMaxBytes: 300 },
  { title: 'persistent, uncached', onDisk: true, persistent: true, cached: false, cacheMaxBytes: 1_000_000 },
  { title: 'persistent, with no cache at all', onDisk: true, persistent: true, cached: true, cacheMaxBytes: 0 },
  { title: 'in memory beside a disk', onDisk: true, persistent: false, cached: true, cacheMaxBytes: 1_000_000 },
  { title: 'in memory, cached', onDisk: false, persistent: true, cached: true, cacheMaxBytes: 1_000_000 },
  { title: 'in memory, uncached', onDisk: false, persistent: false, cached: false, cacheMaxBytes: 0 },
];

/** One helper thread for all tests of a file: starting one takes longer than most of them. */
const reader = createOrderedReader();

export interface LoggedRecord extends ChangelogRecord {
  readonly store: string;
}

/** State that a test can close and open again over the same folder, and what it wrote to its changelogs. */
export interface StateHarness {
  readonly state: TaskState;
  readonly log: LoggedRecord[];
  readonly dir: string | null;
  /** What a crash leaves: closes without a commit, opens again. What is only in memory is gone. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

export interface StateHarnessOptions {
  readonly specs: readonly StoreSpec[];
  readonly onDisk: boolean;
  readonly cacheMaxBytes: number;
  readonly overrides?: Partial<TaskStateOptions>;
}

export async function openStateHarness(options: StateHarnessOptions): Promise<StateHarness> {
  const dir = options.onDisk ? await mkdtemp(join(tmpdir(), 'task-state-')) : null;
  const log: LoggedRecord[] = [];
  const open = (): Promise<TaskState> =>
    openTaskState({
      taskId: '0_0',
      dir,
      specs: options.specs,
      cacheMaxBytes: options.cacheMaxBytes,
      changelog: {
        log: (store: string, key: Buffer, value: Buffer | null, timestamp: number, headers: Headers) => {
          log.push({ store, key: Buffer.from(key), value: value && Buffer.from(value), timestamp, headers });
        },
      },
      identity: { clusterId: 'cluster', changelogIds: {} },
      recordTimestamp: () => 1,
      reader,
      ...options.overrides,
    });
  let state = await open();
  return {
    get state() {
      return state;
    },
    log,
    dir,
    crash: async () => {
      await state.close();
      state = await open();
    },
    close: async () => {
      await state.close();
      if (dir !== null) await rm(dir, { recursive: true, force: true });
    },
  };
}

export interface StoreSpecInput<K, V> extends Partial<Omit<StoreSpec, 'key' | 'value'>> {
  readonly kind: StoreSpec['kind'];
  readonly key: Serde<K>;
  readonly value: Serde<V>;
}

/** A store's spec with what tests rarely care for filled in. */
export function storeSpec<K, V>(input: StoreSpecInput<K, V>): StoreSpec {
  return { name: 'store', persistent: true, cached: true, logged: true, logConfig: {}, ...input };
}

/** A record of `input-0`, at that time. */
export function recordAt(timestamp: number, offset = 0): RecordContext {
  return { timestamp, headers: NO_HEADERS, topic: 'input', partition: 0, offset };
}
