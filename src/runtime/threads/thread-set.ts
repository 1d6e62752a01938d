import { messageOf, StreamsError } from '../../core/errors.ts';
import type { LeaveGroup } from '../../kafka/client.ts';
import type { ResolvedConfig } from '../config.ts';
import type { UncaughtExceptionAnswer } from '../uncaught-exception.ts';
import { within } from '../within.ts';
import type { AppThread } from './app-thread.ts';
import { type RepeatedFailure, ThreadFailures } from './thread-failures.ts';

export interface ThreadSetOptions {
  readonly config: ResolvedConfig;
  readonly nameOf: (index: number) => string;
  /** Makes a life of the thread; `worker`: in a worker thread. */
  readonly create: (name: string, index: number, worker: boolean) => AppThread;
  /** Something changed: a thread's state, or which threads there are. */
  readonly onChange: () => void;
  readonly onReplaced: (error: Error) => void;
  /** A thread has ended with an error that ends more than it. Told once. */
  readonly onEnd: (answer: Exclude<UncaughtExceptionAnswer, 'replaceThread'>, error: Error) => void;
}

/** One thread of the application, over all lives of it. */
interface Slot {
  readonly index: number;
  readonly name: string;
  readonly worker: boolean;
  thread: AppThread | null;
  stopping: boolean;
  endBackoff: (() => void) | null;
  ended: Promise<void>;
}

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
/** A thread that ran this long before it failed starts the back-off anew. */
const HEALTHY_AFTER_MS = 60_000;

/** The stream threads of one application: starts, stops and replaces them. */
export class ThreadSet {
  readonly #options: ThreadSetOptions;
  readonly #slots = new Map<number, Slot>();
  readonly #failures: ThreadFailures;
  #paused = false;
  #over = false;

  constructor(options: ThreadSetOptions) {
    const { uncaughtExceptionHandler, taskTimeoutMs, clock, logger } = options.config;
    this.#options = options;
    this.#failures = new ThreadFailures({ handler: uncaughtExceptionHandler, taskTimeoutMs, clock, logger });
  }

  get threads(): readonly AppThread[] {
    return [...this.#slots.values()].map(({ thread }) => thread).filter((thread) => thread !== null);
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Whether every thread processes. */
  get running(): boolean {
    return [...this.#slots.values()].every(({ thread, stopping }) => stopping || thread?.state === 'RUNNING');
  }

  get repeated(): RepeatedFailure | null {
    return this.#failures.repeated;
  }

  get paused(): boolean {
    return this.#paused;
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    for (const thread of this.threads) thread.pause(paused);
  }

  /** Starts a thread under the lowest free number: the first runs in this event loop. Answers its name. */
  add(): string {
    let index = 1;
    while (this.#slots.has(index)) index++;
    const worker = index > 1;
    const slot: Slot = {
      index,
      name: this.#options.nameOf(index),
      worker,
      thread: null,
      stopping: false,
      endBackoff: null,
      ended: Promise.resolve(),
    };
    this.#slots.set(index, slot);
    slot.ended = this.#supervise(slot);
    this.#options.onChange();
    return slot.name;
  }

  /**
   * Stops the newest thread and waits for its end; one that has not ended after the time-out is abandoned. Answers its name;
   * null when there is none.
   */
  async remove(timeoutMs: number): Promise<string | null> {
    const slot = [...this.#slots.values()].filter(({ stopping }) => !stopping).at(-1);
    if (!slot) return null;
    this.#stop(slot, 'dynamic');
    if (!(await within(timeoutMs, slot.ended))) slot.thread?.abandon();
    await slot.ended;
    this.#options.onChange();
    return slot.name;
  }

  /** Stops all threads; resolves when all have ended. */
  async stop(leave: LeaveGroup): Promise<void> {
    this.#over = true;
    for (const slot of this.#slots.values()) this.#stop(slot, leave);
    await Promise.all([...this.#slots.values()].map(({ ended }) => ended));
  }

  /** Ends all threads without a last commit. */
  abandon(): void {
    for (const thread of this.threads) thread.abandon();
  }

  #stop(slot: Slot, leave: LeaveGroup): void {
    slot.stopping = true;
    slot.endBackoff?.();
    slot.thread?.stop(leave);
  }

  async #supervise(slot: Slot): Promise<void> {
    // So that whoever adds the thread knows it before it fails.
    await Promise.resolve();
    const { clock } = this.#options.config;
    let backoffMs = FIRST_BACKOFF_MS;
    while (!slot.stopping) {
      const begun = clock.monotonic();
      try {
        slot.thread = this.#options.create(slot.name, slot.index, slot.worker);
        slot.thread.pause(this.#paused);
        await slot.thread.run();
        break;
      } catch (error) {
        if (slot.stopping) {
          this.#late(slot, error);
          break;
        }
        if (clock.monotonic() - begun > HEALTHY_AFTER_MS) backoffMs = FIRST_BACKOFF_MS;
        if (!this.#goOn(slot, error, backoffMs)) break;
        await this.#backOff(slot, backoffMs);
        backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
      } finally {
        slot.thread = null;
      }
    }
    this.#slots.delete(slot.index);
  }

  /** Whether another life of the thread is to begin. */
  #goOn(slot: Slot, thrown: unknown, backoffMs: number): boolean {
    const { answer, error } = this.#failures.judge(thrown);
    if (answer === 'replaceThread') {
      const where = error instanceof StreamsError ? error.coordinates : {};
      const { repeated } = this.#failures;
      this.#options.config.logger.error(
        { err: error.message, ...where, thread: slot.name, backoffMs, ...(repeated ? { repeated } : {}) },
        'the stream thread failed, starting another',
      );
      slot.thread = null;
      this.#options.onReplaced(error);
      this.#options.onChange();
      return true;
    }
    if (!this.#over) {
      this.#over = true;
      this.#options.onEnd(answer, error);
    }
    return false;
  }

  #late(slot: Slot, error: unknown): void {
    this.#options.config.logger.warn(
      { err: messageOf(error), thread: slot.name },
      'the stream thread did not end in good order: what it did since its last commit is read again',
    );
  }

  async #backOff(slot: Slot, ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      slot.endBackoff = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    slot.endBackoff = null;
  }
}
