import { basename } from 'node:path';
import { StreamsError } from '../../core/errors.ts';
import type { DirectoryLock } from '../../state/directory-lock.ts';
import { lockStateDirectory } from '../../state/level/lock-state-directory.ts';

/**
 * Locks a task's folder once no other thread of this process has it, waiting for that no longer than `patienceMs` (0: not at
 * all). @throws STATE_DIR_LOCKED
 */
export type LockTask = (dir: string, patienceMs?: number) => Promise<DirectoryLock>;

interface Waiting {
  readonly owner: string;
  readonly granted: () => void;
  readonly refused: (error: Error) => void;
}

/** Longer than any thread takes to close a task that it lost. */
const PATIENCE_MS = 60_000;

/**
 * Who of a process' threads has which task. A rebalance may give a task to a thread before the one that had it has closed
 * it: the new owner waits here for that. No two wait for each other, since a thread closes what it lost before it opens
 * what it got.
 */
export class TaskHolds {
  readonly #owners = new Map<string, string>();
  readonly #waiting = new Map<string, Waiting[]>();

  /** @throws STATE_DIR_LOCKED, retriable, when the owner keeps it; ILLEGAL_STATE after {@link end} */
  async acquire(task: string, owner: string, patienceMs = PATIENCE_MS): Promise<void> {
    if (!this.#owners.has(task)) {
      this.#owners.set(task, owner);
      return;
    }
    if (patienceMs === 0) throw this.#kept(task, patienceMs);
    const queue = this.#waiting.get(task) ?? [];
    this.#waiting.set(task, queue);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => waiting.refused(this.#kept(task, patienceMs)), patienceMs);
      const leave = (): void => {
        clearTimeout(timer);
        queue.splice(queue.indexOf(waiting), 1);
      };
      const waiting: Waiting = {
        owner,
        granted: () => {
          leave();
          this.#owners.set(task, owner);
          resolve();
        },
        refused: (error) => {
          leave();
          reject(error);
        },
      };
      queue.push(waiting);
    });
  }

  release(task: string, owner: string): void {
    if (this.#owners.get(task) !== owner) return;
    this.#owners.delete(task);
    this.#waiting.get(task)?.[0]?.granted();
  }

  /** The thread has ended, or is to end: what it holds is free, what it waits for is refused. */
  end(owner: string): void {
    this.refuse(owner);
    for (const [task, by] of this.#owners) if (by === owner) this.release(task, owner);
  }

  /** What the thread waits for is refused. */
  refuse(owner: string): void {
    for (const queue of this.#waiting.values()) {
      for (const waiting of queue.filter((each) => each.owner === owner)) {
        waiting.refused(new StreamsError('ILLEGAL_STATE', 'the thread ends'));
      }
    }
  }

  #kept(task: string, patienceMs: number): StreamsError {
    const owner = this.#owners.get(task) ?? 'another thread';
    return new StreamsError('STATE_DIR_LOCKED', `task ${task} was not closed by ${owner} within ${patienceMs} ms`, {
      task,
      retriable: true,
    });
  }
}

/** The lock of a task's folder under a hold, which ends with it. */
export function lockUnder(
  acquire: (task: string, patienceMs?: number) => Promise<void>,
  release: (task: string) => void,
): LockTask {
  return async (dir, patienceMs) => {
    const task = basename(dir);
    await acquire(task, patienceMs);
    try {
      const lock = await lockStateDirectory(dir);
      return {
        dir,
        release: async () => {
          try {
            await lock.release();
          } finally {
            release(task);
          }
        },
      };
    } catch (error) {
      release(task);
      throw error;
    }
  };
}
