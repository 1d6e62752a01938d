/** How a table that is written all the time is kept tidy, beside the flow. */
export interface UpkeepOptions {
  /** Puts small files together each so many commits (default 50; 0: never) … */
  readonly optimizeInterval?: number;
  /** … in partitions that have at least this many of them (default 10). */
  readonly optimizeFiles?: number;
  /** About the size that files are put together to (default 128 MiB). */
  readonly optimizeBytes?: number;
  /** Deletes data files that no version within the retention needs, this often (default once a day; 0: never). */
  readonly vacuumIntervalMs?: number;
}

export interface UpkeepSteps {
  optimize(options: { targetBytes?: number; minFiles: number; tiered: true }): Promise<unknown>;
  vacuum(): Promise<unknown>;
}

const DAY_MS = 86_400_000;

/**
 * The schedule of a table's upkeep: told of each commit, it starts what is due and never makes anybody wait. One piece of
 * work at a time; what fails is reported, and tried again when it is due the next time.
 */
export class Upkeep {
  readonly #steps: UpkeepSteps;
  readonly #options: UpkeepOptions;
  readonly #onError: (error: unknown) => void;
  #optimizedAt: number;
  #vacuumedMs: number;
  #running: Promise<void> | null = null;

  constructor(
    steps: UpkeepSteps,
    options: UpkeepOptions,
    start: { readonly version: number; readonly nowMs: number; readonly onError: (error: unknown) => void },
  ) {
    this.#steps = steps;
    this.#options = options;
    this.#optimizedAt = start.version;
    this.#vacuumedMs = start.nowMs;
    this.#onError = start.onError;
  }

  committed(version: number, nowMs: number): void {
    if (this.#running) return;
    const { optimizeInterval = 50, vacuumIntervalMs = DAY_MS } = this.#options;
    if (optimizeInterval > 0 && version - this.#optimizedAt >= optimizeInterval) {
      this.#optimizedAt = version;
      const { optimizeFiles: minFiles = 10, optimizeBytes } = this.#options;
      const size = optimizeBytes === undefined ? {} : { targetBytes: optimizeBytes };
      this.#run(() => this.#steps.optimize({ ...size, minFiles, tiered: true }));
    } else if (vacuumIntervalMs > 0 && nowMs - this.#vacuumedMs >= vacuumIntervalMs) {
      this.#vacuumedMs = nowMs;
      this.#run(() => this.#steps.vacuum());
    }
  }

  /** When nothing runs any more. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #run(step: () => Promise<unknown>): void {
    this.#running = step()
      .then(() => undefined, this.#onError)
      .finally(() => {
        this.#running = null;
      });
  }
}
