import { join } from 'node:path';
import { silentLogger, type Logger } from '../observe/logger.ts';
import type { Backing } from './backing.ts';
import type { DirectoryLock } from './directory-lock.ts';
import { createOrderedReader } from './create-ordered-reader.ts';
import { CacheBudget } from './entry-cache.ts';
import { lockStateDirectory } from './level/lock-state-directory.ts';
import { openLevelBacking } from './level/open-level-backing.ts';
import { createMemoryBacking } from './memory-backing.ts';
import { judgeMeta, metaKey, readMeta, readNumber, writeMeta, type MetaVerdict } from './meta.ts';
import { StoredTaskState } from './stored-task-state.ts';
import type { TaskState, TaskStateOptions } from './task-state.ts';
import { createTaskStore, type TaskStore } from './task-store.ts';
import { wipeAll, wipeStore } from './wipe-store.ts';

/**
 * Opens the state of a task, under a lock on its folder. State that belongs to another cluster, another topic or another
 * version of the format is wiped, with the reason in the log.
 * @throws STATE_DIR_LOCKED, STATE_CORRUPT, STATE_WRITE_FAILED, TOPOLOGY_INVALID
 */
export async function openTaskState(options: TaskStateOptions): Promise<TaskState> {
  const memory = createMemoryBacking();
  if (options.dir === null) return build(options, memory, memory, () => Promise.resolve());
  const lock = await (options.lock ?? lockStateDirectory)(options.dir);
  const reader = options.reader ?? createOrderedReader();
  const release = async (): Promise<void> => {
    if (options.reader === undefined) await reader.stop();
    await lock.release();
  };
  let disk: Backing | null = null;
  try {
    disk = await openLevelBacking(join(options.dir, 'db'), reader, options.memoryMaxBytes);
    return await build(options, disk, memory, release);
  } catch (error) {
    await disk?.close();
    await release();
    throw error;
  }
}

async function build(
  options: TaskStateOptions,
  disk: Backing,
  memory: Backing,
  release: DirectoryLock['release'],
): Promise<TaskState> {
  const verdict = judgeMeta(readMeta(disk), options.identity, options.specs);
  await wipeUseless(disk, verdict, options.logger ?? silentLogger, options.taskId);
  await writeMeta(disk, verdict.meta);
  const budget = new CacheBudget(options.cacheMaxBytes);
  const stores = new Map<string, TaskStore>();
  const positions = new Map<string, number>();
  for (const spec of options.specs) {
    const number = verdict.meta.stores[spec.name]?.number ?? 0;
    const backing = spec.persistent ? disk : memory;
    const store = createTaskStore({ spec, number, backing, budget, task: options });
    await store.core.writes.look();
    stores.set(spec.name, store);
    const position = readNumber(backing, metaKey('position', spec.name));
    if (position !== undefined && spec.logged) positions.set(spec.name, position);
  }
  const backings = disk === memory ? [memory] : [disk, memory];
  return new StoredTaskState({ taskId: options.taskId, stores, positions, backings, release });
}

async function wipeUseless(disk: Backing, verdict: MetaVerdict, logger: Logger, task: string): Promise<void> {
  if (verdict.wipeAll !== null) {
    logger.warn({ task, reason: verdict.wipeAll }, 'local state of the task is wiped and restored from its changelogs');
    await wipeAll(disk);
  }
  for (const [store, { number }] of Object.entries(verdict.meta.stores)) {
    const halfWiped = disk.get(metaKey('wiping', store)) !== undefined;
    const reason = verdict.wipe.get(store) ?? (halfWiped ? 'an earlier wipe did not finish' : null);
    if (reason === null) continue;
    logger.warn({ task, store, reason }, 'local state of the store is wiped and restored from its changelog');
    await wipeStore(disk, store, number);
  }
}
