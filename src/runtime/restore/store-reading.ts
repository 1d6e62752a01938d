import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FetchedChunk } from '../../kafka/client.ts';
import type { TaskState } from '../../state/task-state.ts';
import type { Changelog, ChangelogReading } from './changelog.ts';
import { ChangelogSlice } from './changelog-slice.ts';

/** Put into the store in one go: others of the thread have their turn in between, and a crash does not begin anew. */
const BATCH_RECORDS = 5_000;

export interface StoreReadingOptions {
  readonly changelog: Changelog;
  readonly taskId: string;
  readonly state: TaskState;
  readonly standby: boolean;
  readonly position: number;
  readonly end: number;
  /** Told of each batch: how many records, the next offset. */
  readonly onBatch: (records: number, nextOffset: number) => void;
}

/** One changelog that is read into one store. */
export class StoreReading implements ChangelogReading {
  readonly topic: string;
  readonly partition: number;
  readonly store: string;
  readonly source: boolean;
  readonly taskId: string;
  readonly state: TaskState;
  /** A standby goes on for ever; a restore is over when its position has reached the end. */
  readonly standby: boolean;
  readonly #onBatch: StoreReadingOptions['onBatch'];
  position: number;
  end: number;
  restored = 0;
  /** Not beyond this: where the active task has not committed yet, a standby would know the future. */
  limit = Infinity;
  /** Set once nobody wants it any more. */
  released = false;

  constructor(options: StoreReadingOptions) {
    const { changelog, taskId, state, standby, position, end, onBatch } = options;
    ({ topic: this.topic, partition: this.partition, store: this.store, source: this.source } = changelog);
    this.taskId = taskId;
    this.state = state;
    this.standby = standby;
    this.position = position;
    this.end = end;
    this.#onBatch = onBatch;
  }

  get done(): boolean {
    return !this.standby && this.position >= this.end;
  }

  get remaining(): number {
    return Math.max(0, this.end - this.position);
  }

  /** Puts a chunk's records into the store, on disk with the position; leaves off when it is released in between. */
  async apply({ records, nextOffset, endOffset }: FetchedChunk): Promise<void> {
    const from = this.position;
    if (this.standby) this.end = Math.max(this.end, endOffset);
    const to = this.standby ? this.limit : this.end;
    const last = Math.min(nextOffset, to);
    while (this.position < last) {
      const slice = new ChangelogSlice({ records, from, to, maxRecords: BATCH_RECORDS });
      this.state.restore(this.store, slice);
      const next = slice.full ? records.offset + 1 : last;
      await this.state.restored(this.store, next);
      this.position = next;
      this.restored += slice.count;
      this.#onBatch(slice.count, next);
      if (!slice.full) return;
      await nextTurn();
      if (this.released) return;
    }
  }
}
