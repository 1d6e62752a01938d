import type { PartitionOffset } from '../../core/record.ts';
import type { LeaveGroup } from '../../kafka/client.ts';
import { type StandbyStatus, standbyStatus, type TaskStatus, taskStatus } from '../app-status.ts';
import { StreamThread, type StreamThreadOptions, type ThreadState } from '../stream-thread.ts';
import type { UnopenedTask } from '../task-openings.ts';
import type { AppThread, UnmetCondition } from './app-thread.ts';

export interface LocalThreadOptions extends StreamThreadOptions {
  /** Ends the wait for a task that another thread still has. */
  readonly stopWaiting: () => void;
}

/** A stream thread in this event loop. */
export class LocalThread implements AppThread {
  readonly name: string;
  /** For whoever reads its stores. */
  readonly stream: StreamThread;
  readonly #stopWaiting: () => void;

  constructor(name: string, options: LocalThreadOptions) {
    this.name = name;
    this.#stopWaiting = options.stopWaiting;
    this.stream = new StreamThread(options);
  }

  get state(): ThreadState {
    return this.stream.state;
  }

  get tasks(): readonly TaskStatus[] {
    return Array.from(this.stream.tasks.values(), taskStatus);
  }

  get standbys(): readonly StandbyStatus[] {
    return Array.from(this.stream.standbys.values(), standbyStatus);
  }

  get unopened(): readonly UnopenedTask[] {
    return this.stream.unopened;
  }

  get unready(): readonly UnmetCondition[] {
    return [];
  }

  get loopAt(): number | null {
    return this.stream.loopAt;
  }

  get idle(): boolean {
    if (this.state !== 'RUNNING') return false;
    for (const task of this.stream.tasks.values()) if (task.unfinished > 0) return false;
    return true;
  }

  run(): Promise<void> {
    return this.stream.run();
  }

  stop(leave: LeaveGroup): void {
    this.stream.stop(leave);
    this.#stopWaiting();
  }

  abandon(): void {
    this.stream.abandon();
    this.#stopWaiting();
  }

  pause(paused: boolean): void {
    this.stream.paused = paused;
  }

  settled(): Promise<readonly PartitionOffset[] | null> {
    return Promise.resolve(this.idle ? [...this.stream.tasks.values()].flatMap((task) => task.consumed()) : null);
  }
}
