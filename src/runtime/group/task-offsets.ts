import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../observe/logger.ts';
import { readTaskPositions } from '../../state/read-task-positions.ts';
import type { TaskState } from '../../state/task-state.ts';
import type { LockTask } from '../threads/task-holds.ts';
import { RUNNING } from './assignor.ts';

export interface TaskOffsetsOptions {
  /** The folder that holds the tasks' folders. */
  readonly dir: string;
  /** Tasks with a folder there. */
  readonly localTasks: () => readonly string[];
  /** A task that another thread of this process has is not waited for. */
  readonly lock: LockTask;
  /** Tasks that run here now. */
  readonly running: () => Iterable<string>;
  /** State that is open here and does not run: standbys, and tasks that are restored. */
  readonly open: () => Iterable<readonly [string, TaskState]>;
  readonly logger: Logger;
}

interface Dormant {
  /** When the database was last written to: another thread of the process may have had it. */
  readonly changedAt: number;
  readonly offsets: number;
}

/** Databases that are looked into at the same time. */
const LOOK_AT_ONCE = 8;

/**
 * What this thread tells the group of the tasks whose state is here: for tasks that run, RUNNING; else the sum of the
 * changelog positions that the state includes. Of state that is on disk only, it is read from there, once for each change.
 */
export class TaskOffsets {
  readonly #options: TaskOffsetsOptions;
  readonly #dormant = new Map<string, Dormant>();

  constructor(options: TaskOffsetsOptions) {
    this.#options = options;
  }

  /** Looks at the state that is on disk and not open. Call before a join. */
  async look(clusterId: string): Promise<void> {
    const open = new Set([...this.#options.running(), ...[...this.#options.open()].map(([id]) => id)]);
    const here = this.#options.localTasks().filter((id) => !open.has(id));
    for (const id of this.#dormant.keys()) if (!here.includes(id)) this.#dormant.delete(id);
    const unknown = here.filter((id) => this.#dormant.get(id)?.changedAt !== this.#changedAt(id));
    const workers = Array.from({ length: LOOK_AT_ONCE }, async () => {
      for (let id = unknown.pop(); id !== undefined; id = unknown.pop()) await this.#lookInto(id, clusterId);
    });
    await Promise.all(workers);
  }

  now(): ReadonlyMap<string, number> {
    const offsets = new Map([...this.#dormant].map(([id, dormant]) => [id, dormant.offsets]));
    for (const [id, state] of this.#options.open()) offsets.set(id, sum(state.positions));
    for (const id of this.#options.running()) offsets.set(id, RUNNING);
    return offsets;
  }

  async #lookInto(id: string, clusterId: string): Promise<void> {
    const { dir, logger, lock } = this.#options;
    this.#dormant.delete(id);
    try {
      const positions = await readTaskPositions(join(dir, id), clusterId, (folder) => lock(folder, 0));
      if (positions === null || positions.size === 0) return;
      this.#dormant.set(id, { changedAt: this.#changedAt(id), offsets: sum(positions) });
    } catch (error) {
      logger.warn({ task: id, err: messageOf(error) }, 'local state cannot be read: it counts as none');
    }
  }

  #changedAt(id: string): number {
    const database = join(this.#options.dir, id, 'db');
    return existsSync(database) ? statSync(database).mtimeMs : -1;
  }
}

function sum(positions: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const position of positions.values()) total += position;
  return total;
}
