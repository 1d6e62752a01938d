import { ManualClock } from '../../src/core/clock.ts';
import { NO_HEADERS, type RecordContext } from '../../src/core/record.ts';
import type { DropReason, ProcessorContext, PunctuationType, Punctuator } from '../../src/processors/processor.ts';
import type { StateStore } from '../../src/state/store.ts';
import type { TaskState } from '../../src/state/task-state.ts';

export interface Forwarded {
  readonly child: string | null;
  readonly key: unknown;
  readonly value: unknown;
  readonly record: RecordContext;
}

interface Schedule {
  readonly intervalMs: number;
  readonly type: PunctuationType;
  readonly callback: Punctuator;
  next: number;
}

/** A task's loop in the hand of the test: what an operator forwards, holds, schedules; completions run when told to. */
export class FakeTask {
  readonly clock: ManualClock;
  readonly forwarded: Forwarded[] = [];
  readonly drops: DropReason[] = [];
  readonly errors: unknown[] = [];
  streamTime = -1;
  unfinished = 0;
  held = false;
  readonly #state: TaskState | null;
  readonly #schedules: Schedule[] = [];
  readonly #completions: (() => void)[] = [];
  readonly #afterFlush: (() => void)[] = [];

  constructor(state: TaskState | null = null, startMs = 1_000) {
    this.#state = state;
    this.clock = new ManualClock(startMs);
  }

  get context(): ProcessorContext {
    const forwardTo = (child: string | null) => (key: unknown, value: unknown, record: RecordContext) =>
      void this.forwarded.push({ child, key, value, record });
    return {
      applicationId: 'app',
      taskId: '0_0',
      partition: 0,
      node: 'node',
      forward: forwardTo(null),
      forwardTo,
      store: <S extends StateStore>(name: string): S => {
        if (this.#state === null) throw new Error(`no store ${name} in this test`);
        return this.#state.store<S>(name);
      },
      schedule: (intervalMs, type, callback) => {
        const schedule = { intervalMs, type, callback, next: this.clock.now() + intervalMs };
        this.#schedules.push(schedule);
        return { cancel: () => void this.#schedules.splice(this.#schedules.indexOf(schedule), 1) };
      },
      streamTime: () => this.streamTime,
      now: () => this.clock.now(),
      commit: () => undefined,
      dropped: (reason) => void this.drops.push(reason),
      emission: { intervalMs: 0, remembered: () => null, remember: () => undefined },
      async: {
        started: () => void this.unfinished++,
        finished: (complete) => {
          this.unfinished--;
          this.#completions.push(complete);
        },
        hold: (full) => {
          this.held = full;
        },
        afterFlush: (callback) => void this.#afterFlush.push(callback),
      },
      syntheticRecord: (timestamp = 0) => ({ timestamp, headers: NO_HEADERS, topic: '', partition: -1, offset: -1 }),
    };
  }

  get values(): unknown[] {
    return this.forwarded.map(({ value }) => value);
  }

  /** Lets promises settle and runs the completions; what they throw is kept in `errors`, as by a handler that goes on. */
  async turn(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      await new Promise((resolve) => setImmediate(resolve));
      for (let complete = this.#completions.shift(); complete !== undefined; complete = this.#completions.shift()) {
        quiet = 0;
        try {
          complete();
        } catch (error) {
          this.errors.push(error);
        }
      }
    }
  }

  advance(ms: number): void {
    const until = this.clock.now() + ms;
    for (;;) {
      const due = this.#schedules.filter(({ next }) => next <= until).sort((a, b) => a.next - b.next)[0];
      if (due === undefined) break;
      this.clock.advance(due.next - this.clock.now());
      due.next += due.intervalMs;
      due.callback(this.clock.now());
    }
    this.clock.advance(until - this.clock.now());
  }

  /** A commit up to the moment when the broker has the output; {@link outputAcknowledged} is next. */
  beginCommit(): void {
    this.#state?.flush();
  }

  outputAcknowledged(): void {
    for (const callback of this.#afterFlush) callback();
    this.#state?.flush();
  }

  async commit(): Promise<void> {
    this.beginCommit();
    this.outputAcknowledged();
    await this.#state?.commit(new Map());
  }
}
