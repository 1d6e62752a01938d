import type { Clock } from '../../core/clock.ts';
import { messageOf, StreamsError } from '../../core/errors.ts';
import { partitionName, type PartitionOffset, type TopicPartition } from '../../core/record.ts';
import type { FetchedChunk, Fetcher, KafkaClient } from '../../kafka/client.ts';
import type { Logger } from '../../observe/logger.ts';
import type { TaskState } from '../../state/task-state.ts';
import { type ChangelogBounds, findBounds, firstOffset } from './changelog-bounds.ts';
import type { Changelog, ChangelogReading } from './changelog.ts';
import { RestoreProgress } from './restore-progress.ts';
import type { StateRestoreListener } from './state-restore-listener.ts';
import { StoreReading } from './store-reading.ts';

export interface RestorerOptions {
  readonly client: Pick<KafkaClient, 'admin' | 'fetcher'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly listener?: StateRestoreListener | undefined;
  /** Fetched bytes that wait, over all changelogs. */
  readonly maxBufferedBytes: number;
  /** Where the group has committed source topics that serve as changelogs: a standby does not read beyond. */
  readonly committed: (partitions: readonly TopicPartition[]) => Promise<readonly PartitionOffset[]>;
  /** How often those are asked for. */
  readonly committedEveryMs: number;
  /** Told of each batch that is in a store. */
  readonly onRecords: (taskId: string, records: number) => void;
  /** Told when a task is restored, and when reading failed. */
  readonly wake: () => void;
}

/** A task whose reading has ended with an error; nothing is written into its stores any more. */
export interface FailedJob {
  readonly taskId: string;
  readonly error: unknown;
}

/** What to read, and into what. */
export interface RestoreJob {
  readonly taskId: string;
  readonly state: TaskState;
  readonly changelogs: readonly RestoreChangelog[];
}

export interface RestoreChangelog extends Changelog {
  /** Where to stop, if that is before the changelog's end (a source topic that serves as one); null: at its end. */
  readonly stopAt: number | null;
}

interface Job extends RestoreJob {
  /** Goes on for ever. */
  readonly standby: boolean;
}

const POLL_MS = 500;
/** Standbys that wait learn how far they are behind this often. */
const ENDS_EVERY_MS = 1_000;

/**
 * Reads changelogs into stores beside the processing: tasks that are to run up to the end of their changelogs, standbys for
 * ever. All through one fetcher, outside of the group, with a budget of bytes of its own. A task is restored when the
 * position has reached the end, whether or not the last offsets hold records: compaction and control records leave gaps.
 *
 * Standbys wait while any task is restored, as in Kafka Streams: what stands still goes first. What fails for one task ends
 * the reading for that task alone.
 *
 *     restore(job) → takeRestored() names it → start the task
 *     follow(job)  → readings(id) tells how current it is
 *     takeFailed() → close the task, try again
 *     release(id)  → nothing is written into its stores any more
 */
export class Restorer {
  readonly #options: RestorerOptions;
  readonly #progress: RestoreProgress;
  readonly #jobs = new Map<string, Job>();
  readonly #readings = new Map<string, StoreReading>();
  readonly #fresh: Job[] = [];
  readonly #restored: string[] = [];
  readonly #failed: FailedJob[] = [];
  #fetcher: Fetcher | null = null;
  /** What is being written right now, by task: one thing at a time for each, so that whoever releases it can wait. */
  readonly #writing = new Map<string, Promise<void>>();
  #limitedAt = -Infinity;
  #standbysWait = false;
  #endsAt = -Infinity;
  #closed = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(options: RestorerOptions) {
    this.#options = options;
    this.#progress = new RestoreProgress(options);
  }

  /** Brings the stores of a task to the ends of their changelogs. */
  restore(job: RestoreJob): void {
    this.#begin({ ...job, standby: false });
  }

  /** Keeps the stores of a standby current. */
  follow(job: RestoreJob): void {
    this.#begin({ ...job, standby: true });
  }

  /** Tasks whose stores have become ready since the last call. @throws what ended the reading, if anything did */
  takeRestored(): readonly string[] {
    if (this.#failure !== null) throw this.#failure.error;
    return this.#restored.splice(0);
  }

  /** Whether {@link takeFailed} has any. */
  get hasFailed(): boolean {
    return this.#failed.length > 0;
  }

  /** Tasks whose reading has failed since the last call. */
  takeFailed(): readonly FailedJob[] {
    return this.#failed.splice(0);
  }

  /** How far a task's changelogs are read; of one that is restored, nothing. */
  readings(taskId: string): readonly ChangelogReading[] {
    return [...this.#readings.values()].filter((reading) => reading.taskId === taskId);
  }

  /** Changelog offsets that are still to be read for a task. */
  remaining(taskId: string): number {
    let sum = 0;
    for (const reading of this.#readings.values()) if (reading.taskId === taskId) sum += reading.remaining;
    return sum;
  }

  /** Stops reading for a task. After this, nothing is written into its stores. */
  async release(taskId: string): Promise<void> {
    this.#jobs.delete(taskId);
    for (const reading of this.#readings.values()) if (reading.taskId === taskId) this.#stop(reading);
    const at = this.#restored.indexOf(taskId);
    if (at >= 0) this.#restored.splice(at, 1);
    const failed = this.#failed.findIndex((each) => each.taskId === taskId);
    if (failed >= 0) this.#failed.splice(failed, 1);
    await this.#writing.get(taskId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const reading of this.#readings.values()) this.#stop(reading);
    this.#jobs.clear();
    await Promise.all(this.#writing.values());
    await this.#fetcher?.close();
  }

  #begin(job: Job): void {
    this.#jobs.set(job.taskId, job);
    this.#fresh.push(job);
    if (this.#fetcher === null) {
      this.#fetcher = this.#options.client.fetcher({ maxBufferedBytes: this.#options.maxBufferedBytes });
      void this.#run(this.#fetcher);
    }
    this.#fetcher.wake();
  }

  async #run(fetcher: Fetcher): Promise<void> {
    try {
      while (!this.#closed) {
        this.#restoresFirst(fetcher);
        if (this.#fresh.length > 0) await this.#open(fetcher);
        if (this.#standbysWait) await this.#lookForEnds();
        else await this.#moveLimits(fetcher);
        this.#progress.report();
        if (this.#closed) break;
        if (this.#fresh.length === 0) await fetcher.arrival(POLL_MS);
        await this.#takeAll(fetcher.poll(), fetcher);
      }
    } catch (error) {
      if (this.#closed) return;
      this.#failure = { error };
      this.#options.wake();
    }
  }

  /** Standbys are read while no task is restored. */
  #restoresFirst(fetcher: Fetcher): void {
    const wait = [...this.#jobs.values()].some((job) => !job.standby);
    if (wait === this.#standbysWait) return;
    this.#standbysWait = wait;
    for (const reading of this.#readings.values()) {
      if (!reading.standby) continue;
      if (wait) fetcher.remove(reading.topic, reading.partition);
      else this.#fetch(reading, fetcher);
    }
  }

  #fetch(reading: StoreReading, fetcher: Fetcher): void {
    const { topic, partition, position, limit, standby, source } = reading;
    // How far the active task has committed has to be known first.
    const isBound = position >= limit || (source && limit === Infinity);
    if (standby && (this.#standbysWait || isBound)) return;
    fetcher.add(topic, partition, position);
  }

  /** So that a standby that waits does not pass for current. */
  async #lookForEnds(): Promise<void> {
    const { clock, client, logger } = this.#options;
    if (clock.monotonic() - this.#endsAt < ENDS_EVERY_MS) return;
    this.#endsAt = clock.monotonic();
    const waiting = [...this.#readings.values()].filter((reading) => reading.standby);
    if (waiting.length === 0) return;
    try {
      const boundsOf = await findBounds(client.admin, waiting);
      for (const reading of waiting) reading.end = Math.max(reading.end, boundsOf(reading).end);
    } catch (error) {
      logger.debug({ err: messageOf(error) }, 'the ends of changelogs of standbys are not known');
    }
  }

  /** Tasks beside each other: while LevelDB writes for one of them, the records of the next are put together. */
  async #takeAll(chunks: readonly FetchedChunk[], fetcher: Fetcher): Promise<void> {
    const byTask = new Map<string, FetchedChunk[]>();
    for (const chunk of chunks) {
      const taskId = this.#readingOf(chunk)?.taskId ?? '';
      const those = byTask.get(taskId);
      if (those) those.push(chunk);
      else byTask.set(taskId, [chunk]);
    }
    const takeEach = async (those: readonly FetchedChunk[]): Promise<void> => {
      for (const chunk of those) {
        const reading = this.#readingOf(chunk);
        if (reading)
          await this.#take(reading, chunk, fetcher).catch((error: unknown) => this.#fail(reading.taskId, error));
        fetcher.release(chunk);
      }
    };
    await Promise.all([...byTask].map(([taskId, those]) => this.#exclusively(taskId, takeEach(those))));
  }

  #readingOf({ topic, partition }: TopicPartition): StoreReading | undefined {
    return this.#readings.get(partitionName(topic, partition));
  }

  /** New jobs, with one question for all of them. */
  async #open(fetcher: Fetcher): Promise<void> {
    const fresh = this.#fresh.splice(0);
    const boundsOf = await this.#bounds(fresh);
    const begun: StoreReading[] = [];
    for (const job of fresh) {
      for (const changelog of job.changelogs) {
        if (!this.#wanted(job)) break;
        const opening = this.#openOne(job, changelog, boundsOf(changelog)).then((reading) => {
          if (reading !== null && this.#wanted(job)) begun.push(reading);
        });
        await this.#exclusively(job.taskId, opening).catch((error: unknown) => this.#fail(job.taskId, error));
      }
    }
    const good = begun.filter(({ taskId }) => this.#jobs.has(taskId));
    this.#progress.begin(good.filter((reading) => !reading.standby));
    for (const reading of good) {
      this.#readings.set(partitionName(reading.topic, reading.partition), reading);
      if (reading.standby && reading.source) this.#limitedAt = -Infinity;
      this.#fetch(reading, fetcher);
    }
    for (const job of fresh) if (this.#wanted(job)) this.#finishIfRead(job);
  }

  /** Of all that is new; where that fails, of each task by itself, so that it fails for those only that it has to. */
  async #bounds(fresh: readonly Job[]): Promise<(changelog: RestoreChangelog) => ChangelogBounds> {
    const { admin } = this.#options.client;
    try {
      return await findBounds(
        admin,
        fresh.flatMap((job) => job.changelogs),
      );
    } catch (error) {
      const found = new Map<RestoreChangelog, ChangelogBounds>();
      const allFail = error instanceof StreamsError && error.retriable;
      for (const job of fresh.filter((each) => this.#wanted(each))) {
        try {
          if (allFail) throw error;
          const boundsOf = await findBounds(admin, job.changelogs);
          for (const changelog of job.changelogs) found.set(changelog, boundsOf(changelog));
        } catch (failure) {
          this.#fail(job.taskId, failure);
        }
      }
      return (changelog) => found.get(changelog) ?? { start: 0, end: 0 };
    }
  }

  /** null: there is nothing to read. */
  async #openOne(job: Job, changelog: RestoreChangelog, bounds: ChangelogBounds): Promise<StoreReading | null> {
    const end = Math.min(bounds.end, changelog.stopAt ?? bounds.end);
    const { taskId, state, standby } = job;
    const position = await firstOffset(state, changelog.store, { start: bounds.start, end });
    if (!standby && position >= end) return null;
    const reading: StoreReading = new StoreReading({
      changelog,
      taskId,
      state,
      standby,
      position,
      end,
      onBatch: (records, nextOffset) => {
        this.#options.onRecords(taskId, records);
        if (!standby) this.#progress.batch(reading, records, nextOffset);
      },
    });
    return reading;
  }

  /** The task's own until `work` is over. */
  async #exclusively(taskId: string, work: Promise<void>): Promise<void> {
    this.#writing.set(
      taskId,
      work.catch(() => undefined),
    );
    try {
      await work;
    } finally {
      this.#writing.delete(taskId);
    }
  }

  async #take(reading: StoreReading, chunk: FetchedChunk, fetcher: Fetcher): Promise<void> {
    if (chunk.error) await this.#startAgain(reading, chunk.error, fetcher);
    else await reading.apply(chunk);
    if (reading.released) return;
    if (reading.position >= reading.limit) fetcher.remove(reading.topic, reading.partition);
    if (!reading.done) return;
    this.#progress.end(reading);
    this.#forget(reading);
    const job = this.#jobs.get(reading.taskId);
    if (job) this.#finishIfRead(job);
  }

  /** The changelog was cut off under us: what the store has is older than the log. */
  async #startAgain(reading: StoreReading, error: Error, fetcher: Fetcher): Promise<void> {
    if (!(error instanceof StreamsError) || error.code !== 'OFFSET_OUT_OF_RANGE') throw error;
    const { store, taskId, state } = reading;
    this.#options.logger.warn({ store, task: taskId }, 'the changelog was cut, restoring from its start');
    await state.wipe(store);
    // A broker that refuses a fetch as out of range does not say where its log begins.
    const boundsOf = await findBounds(this.#options.client.admin, [reading]);
    reading.position = boundsOf(reading).start;
    if (reading.done) await state.restored(store, reading.position);
    else if (!reading.released) this.#fetch(reading, fetcher);
  }

  /** Source topics that serve as changelogs: standbys follow what the active task has committed. */
  async #moveLimits(fetcher: Fetcher): Promise<void> {
    const { clock, committed, committedEveryMs } = this.#options;
    const limited = [...this.#readings.values()].filter((reading) => reading.standby && reading.source);
    if (limited.length === 0 || clock.monotonic() - this.#limitedAt < committedEveryMs) return;
    this.#limitedAt = clock.monotonic();
    const offsets = await committed(limited.map(({ topic, partition }) => ({ topic, partition }))).catch(
      (error: unknown) => {
        for (const { taskId } of limited) this.#fail(taskId, error);
        return [];
      },
    );
    const limitOf = new Map(offsets.map((at) => [partitionName(at.topic, at.partition), at.offset]));
    for (const reading of limited) {
      if (reading.released) continue;
      const waited = reading.position >= reading.limit || reading.limit === Infinity;
      reading.limit = limitOf.get(partitionName(reading.topic, reading.partition)) ?? reading.position;
      if (waited) this.#fetch(reading, fetcher);
    }
  }

  #finishIfRead(job: Job): void {
    if (job.standby || this.readings(job.taskId).length > 0) return;
    this.#jobs.delete(job.taskId);
    this.#restored.push(job.taskId);
    this.#options.wake();
  }

  #fail(taskId: string, error: unknown): void {
    if (!this.#jobs.delete(taskId)) return;
    for (const reading of this.#readings.values()) if (reading.taskId === taskId) this.#stop(reading);
    this.#failed.push({ taskId, error });
    this.#options.wake();
  }

  #stop(reading: StoreReading): void {
    if (!reading.standby) this.#progress.suspend(reading);
    this.#forget(reading);
  }

  #forget(reading: StoreReading): void {
    reading.released = true;
    this.#readings.delete(partitionName(reading.topic, reading.partition));
    this.#fetcher?.remove(reading.topic, reading.partition);
  }

  #wanted(job: Job): boolean {
    return !this.#closed && this.#jobs.get(job.taskId) === job;
  }
}
