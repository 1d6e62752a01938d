import type { DeadLetterStatus, StageStatus, StatusReport, TableStatus } from '../observe/status.ts';
import { Rate } from './rate.ts';
import type { StageRuntime } from './stage-runtime.ts';

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

/** Collects what the progress display and the status page show. Reads are shared: at most one look each half second. */
export class Monitor {
  readonly #options: MonitorOptions;
  readonly #startedAt = Date.now();
  readonly #rates: ReadonlyMap<string, Rate>;
  #last: { readonly at: number; readonly report: Promise<StatusReport> } | null = null;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#rates = new Map(options.stages.map(({ name }) => [name, new Rate()]));
  }

  status(): Promise<StatusReport> {
    const at = Date.now();
    if (this.#last && at - this.#last.at < 500) return this.#last.report;
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
    const { processed, tasks } = runtime.status();
    const lags = tasks.map((task) => task.lag);
    return {
      name,
      applicationId,
      state: runtime.state,
      processed,
      rate: this.#rates.get(name)?.at(now, processed) ?? 0,
      lag: lags.includes(null) || tasks.length === 0 ? null : lags.reduce<number>((sum, lag) => sum + (lag ?? 0), 0),
      tasks: tasks.map(({ id, topics, processed, rate, lag, stores }) => ({
        id,
        topics,
        processed,
        rate,
        lag,
        stores,
      })),
      error: runtime.error?.message ?? null,
    };
  }
}
