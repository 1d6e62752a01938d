import { type AssignorMember, type AssignorTask, RUNNING } from './assignor.ts';

/** Further than any copy: the state that is written to now. */
const RUNNING_LAG = -1;

/** Who has how much of each task's state. By process: its threads share it. */
export class TaskLags {
  readonly #ends: ReadonlyMap<string, number>;
  readonly #lags = new Map<string, Map<string, number>>();
  readonly #runners = new Map<string, string>();
  static readonly #none: ReadonlyMap<string, number> = new Map();

  constructor(tasks: readonly AssignorTask[], members: readonly AssignorMember[]) {
    this.#ends = new Map(tasks.map(({ id, endOffsets }) => [id, endOffsets ?? 0]));
    for (const { id, processId, offsets } of members) {
      for (const [task, offset] of offsets) {
        const end = this.#ends.get(task);
        if (end === undefined) continue;
        if (offset === RUNNING && !this.#runners.has(task)) this.#runners.set(task, id);
        this.#add(task, processId, offset === RUNNING ? RUNNING_LAG : Math.max(0, end - offset));
      }
    }
  }

  /** The member that runs the task now. */
  runner(task: string): string | undefined {
    return this.#runners.get(task);
  }

  /** What the process lacks of the task's state: all of it, where it has none. */
  lag(task: string, processId: string): number {
    return this.#lags.get(task)?.get(processId) ?? this.#ends.get(task) ?? 0;
  }

  /** The processes that have some of the state, with their lags. */
  holders(task: string): ReadonlyMap<string, number> {
    return this.#lags.get(task) ?? TaskLags.#none;
  }

  /** The smallest lag of another process, or of another one among `these`. */
  bestElsewhere(task: string, processId: string, these?: ReadonlySet<string>): number {
    let best = Infinity;
    for (const [holder, lag] of this.holders(task)) {
      if (holder !== processId && lag < best && (these?.has(holder) ?? true)) best = lag;
    }
    return best;
  }

  #add(task: string, processId: string, lag: number): void {
    let holders = this.#lags.get(task);
    if (!holders) this.#lags.set(task, (holders = new Map()));
    if (lag < (holders.get(processId) ?? Infinity)) holders.set(processId, lag);
  }
}
