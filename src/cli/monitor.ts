import type { DeadLetterStatus, RestoreStatus, StageStatus, StatusReport, TableStatus } from '../observe/status.ts';
import type { StoreRestore } from '../runtime/restore/changelog.ts';
import { Rate } from './rate.ts';
import type { StageRuntime } from './stage-runtime.ts';

const FRESH_MS = 300;

export interface MonitoredStage {
  readonly name: string;
  readonly applicationId: string;
  readonly runtime: StageRuntime;
}

export interface MonitorOptions {
  readonly app: string;
  readonly stages: readonly MonitoredStage[];
  readonly tables: () => Promise<readonly TableStatus[]>;
  readonly deadLetters: () => Promise<readonly DeadLetterStatus[]>;
}

/** Collects what the progress display and the status page show. Looks are shared by whoever asks at about the same time. */
export class Monitor {
  readonly #options: MonitorOptions;
  readonly #startedAt = Date.now();
  readonly #rates = new Map<string, Rate>();
  #last: { readonly at: number; readonly report: Promise<StatusReport> } | null = null;

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  status(): Promise<StatusReport> {
    const at = Date.now();
    if (this.#last && at - this.#last.at < FRESH_MS) return this.#last.report;
    const report = this.#collect(at);
    this.#last = { at, report };
    return report;
  }

  async #collect(now: number): Promise<StatusReport> {
    const { app, stages, tables, deadLetters } = this.#options;
    // A table or a broker that cannot be read now is no reason to show nothing.
    const [tableStatus, deadLetterStatus] = await Promise.all([
      tables().catch((): TableStatus[] => []),
      deadLetters().catch((): DeadLetterStatus[] => []),
    ]);
    return {
      app,
      startedAt: new Date(this.#startedAt).toISOString(),
      uptimeMs: now - this.#startedAt,
      stages: stages.map((stage) => this.#stage(stage, now)),
      tables: tableStatus,
      deadLetters: deadLetterStatus,
    };
  }

  #stage({ name, applicationId, runtime }: MonitoredStage, now: number): StageStatus {
    const status = runtime.status();
    const tasks = status.tasks.map(({ id, topics, lag, processed, stores, sizes, restoreRemaining, restoring }) => ({
      id,
      partitions: topics,
      restoreRemaining,
      restoring: restoring.map((restore) => this.#restore(`${name} ${id} ${restore.store}`, now, restore)),
      topics: topics.map(({ topic, partition }) => `${topic}-${partition}`),
      lag,
      processed,
      rate: this.#rate(`${name} ${id}`, now, processed),
      stores,
      sizes,
    }));
    const processed = tasks.reduce((sum, task) => sum + task.processed, 0);
    return {
      name,
      applicationId,
      state: runtime.state,
      processed,
      rate: this.#rate(name, now, processed),
      lag: tasks.length === 0 ? null : tasks.reduce((sum, task) => sum + task.lag, 0),
      tasks,
      standbys: status.standbys.map((standby) => ({
        ...standby,
        stores: standby.stores.map(({ store, position, lag }) => ({ store, position, lag })),
      })),
      // The last error stays with an application that has recovered from it.
      error: runtime.state === 'RUNNING' ? null : status.error,
    };
  }

  #restore(key: string, now: number, { store, restored, remaining }: StoreRestore): RestoreStatus {
    // Offsets are more than records where the log was compacted, so this is an estimate that ends at 100.
    const percent = remaining === 0 ? 100 : Math.floor((100 * restored) / (restored + remaining));
    return { store, percent, restored, remaining, rate: this.#rate(`restore of ${key}`, now, restored) };
  }

  #rate(key: string, now: number, total: number): number {
    const rate = this.#rates.get(key) ?? new Rate();
    this.#rates.set(key, rate);
    return rate.at(now, total);
  }
}
