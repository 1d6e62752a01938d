import { systemClock } from '../core/clock.ts';
import { StreamsError } from '../core/errors.ts';
import type { Windowed } from '../core/serde.ts';
import type { Backing } from './backing.ts';
import { type BufferEntry, bufferEntrySerde } from './buffer-entry.ts';
import type { CacheBudget } from './entry-cache.ts';
import { metaKey, readNumber } from './meta.ts';
import { JoinedRecordsStore } from './joined-records-store.ts';
import type { OwnWrites } from './own-writes.ts';
import { PlainKeyValueStore } from './plain-key-value-store.ts';
import { StoreCore } from './store-core.ts';
import { SortedSessionStore } from './session-store.ts';
import { sessionKey } from './session-key.ts';
import {
  joinLayout,
  keyValueLayout,
  sessionLayout,
  suppressionLayout,
  timestampedKeyValueLayout,
  windowLayout,
} from './store-layout.ts';
import type { StoreSpec } from './store-spec.ts';
import type { StateStore } from './store.ts';
import { StoreWrites } from './store-writes.ts';
import { TimeOrderedBuffer } from './suppression-buffer.ts';
import type { TaskStateOptions } from './task-state.ts';
import type { TimedStore } from './timed-store.ts';
import { TimestampedStore } from './timestamped-store.ts';
import { VersionedStore } from './versioned-store.ts';
import { type Versions, versionsSerde } from './versions.ts';
import { WindowStore } from './window-store.ts';

/** One store of a task, seen from the task's side. */
export interface TaskStore {
  readonly spec: StoreSpec;
  readonly number: number;
  readonly backing: Backing;
  readonly core: StoreCore<unknown, unknown>;
  /** What the application sees. */
  readonly store: StateStore;
  /** Set for stores that forget what is old. */
  readonly windows: TimedStore | null;
  /** Set for stores that do not leave what is uncommitted to the core. */
  readonly own: OwnWrites | null;
  /** Set for versioned stores. */
  readonly versions: VersionedStore<unknown, unknown> | null;
  /** Lets go of what the store derived from its bytes, because those have changed under it. */
  readonly forget: () => void;
}

export interface TaskStoreOptions {
  readonly spec: StoreSpec;
  readonly number: number;
  readonly backing: Backing;
  readonly budget: CacheBudget;
  readonly task: TaskStateOptions;
}

/** @throws TOPOLOGY_INVALID for kinds of stores that do not exist yet, and window stores that lack their times */
export function createTaskStore(options: TaskStoreOptions): TaskStore {
  const { spec, number, backing, task } = options;
  if (spec.kind === 'versioned') return createVersionedStore(options);
  const layout = layoutOf(spec);
  const core = new StoreCore<unknown, unknown>({
    spec: storedForm(spec),
    layout,
    writes: new StoreWrites(backing, number, layout.timestamped),
    budget: options.budget,
    // A source topic that serves as changelog is written by others.
    changelog: spec.logged && spec.sourceTopic === undefined ? task.changelog : null,
    topic: spec.sourceTopic ?? `${spec.name}-changelog`,
  });
  const base = { spec, number, backing, core, own: null, versions: null };
  if (layout.windowed) {
    const windows = createTimedStore(core, spec, task);
    windows.resetTime(readNumber(backing, metaKey('time', spec.name)) ?? -1);
    const own = windows instanceof JoinedRecordsStore ? windows : null;
    return { ...base, store: windows, windows, own, forget: () => windows.forget() };
  }
  if (spec.kind === 'suppression') {
    const buffer = new TimeOrderedBuffer(core as StoreCore<unknown, BufferEntry>, spec.value);
    return { ...base, store: buffer, windows: null, forget: () => buffer.forget() };
  }
  const store = layout.timestamped
    ? new TimestampedStore(core)
    : new PlainKeyValueStore(core, task.recordTimestamp ?? (() => systemClock.now()));
  return { ...base, store, windows: null, forget: () => undefined };
}

/** Stores whose bytes are not those of the keys and values that the application sees. */
function storedForm(spec: StoreSpec): StoreSpec {
  if (spec.kind === 'session') return { ...spec, key: sessionKey(spec.key) };
  return spec.kind === 'suppression' ? { ...spec, value: bufferEntrySerde } : spec;
}

function createVersionedStore({ spec, number, backing, budget, task }: TaskStoreOptions): TaskStore {
  const { name, retentionMs, sourceTopic } = spec;
  if (retentionMs === undefined) {
    throw new StreamsError('TOPOLOGY_INVALID', `versioned store ${name} needs retentionMs, its history retention`);
  }
  const topic = sourceTopic ?? `${name}-changelog`;
  const core = new StoreCore<unknown, Versions<unknown>>({
    spec: { ...spec, value: versionsSerde(spec.value), cached: false },
    layout: keyValueLayout,
    writes: new StoreWrites(backing, number, false),
    budget,
    changelog: null,
    topic,
  });
  const versions = new VersionedStore<unknown, unknown>({
    core,
    value: spec.value,
    topic,
    historyRetentionMs: retentionMs,
    changelog: spec.logged && sourceTopic === undefined ? task.changelog : null,
    expired: () => task.expired?.(name),
  });
  versions.resetTime(readNumber(backing, metaKey('time', name)) ?? -1);
  return {
    spec,
    number,
    backing,
    core: core as StoreCore<unknown, unknown>,
    store: versions,
    windows: null,
    own: null,
    versions,
    forget: () => undefined,
  };
}

function createTimedStore(core: StoreCore<unknown, unknown>, spec: StoreSpec, task: TaskStateOptions) {
  if (spec.kind === 'session') return createSessionStore(core, spec, task);
  return spec.retainDuplicates === true ? createJoinStore(core, task) : createWindowStore(core, task);
}

function createWindowStore(core: StoreCore<unknown, unknown>, task: TaskStateOptions): WindowStore<unknown, unknown> {
  const { name, windowSizeMs, retentionMs, emitsOnClose = false } = core.spec;
  if (windowSizeMs === undefined || retentionMs === undefined) {
    throw new StreamsError('TOPOLOGY_INVALID', `window store ${name} needs windowSizeMs and retentionMs`);
  }
  // Kafka Streams' layout for results on close keeps windows one ms longer.
  const keptMs = retentionMs + (emitsOnClose ? 1 : 0);
  return new WindowStore({ core, windowSizeMs, retentionMs: keptMs, expired: () => task.expired?.(name) });
}

function createSessionStore(
  core: StoreCore<unknown, unknown>,
  { name, key, retentionMs }: StoreSpec,
  task: TaskStateOptions,
): SortedSessionStore<unknown, unknown> {
  if (retentionMs === undefined) throw new StreamsError('TOPOLOGY_INVALID', `session store ${name} needs retentionMs`);
  return new SortedSessionStore<unknown, unknown>({
    core: core as StoreCore<Windowed<unknown>, unknown>,
    key,
    retentionMs,
    expired: () => task.expired?.(name),
  });
}

function createJoinStore(core: StoreCore<unknown, unknown>, task: TaskStateOptions) {
  const { name, retentionMs } = core.spec;
  if (retentionMs === undefined) {
    throw new StreamsError('TOPOLOGY_INVALID', `window store ${name} needs retentionMs`);
  }
  return new JoinedRecordsStore<unknown, unknown>({ core, retentionMs, expired: () => task.expired?.(name) });
}

function layoutOf(spec: StoreSpec) {
  switch (spec.kind) {
    case 'keyValue':
      return keyValueLayout;
    case 'timestampedKeyValue':
      return timestampedKeyValueLayout;
    case 'timestampedWindow':
      return spec.retainDuplicates === true ? joinLayout(spec.retentionMs ?? 0) : windowLayout;
    case 'session':
      return sessionLayout;
    case 'suppression':
      return suppressionLayout;
    case 'versioned':
      return keyValueLayout;
  }
}
