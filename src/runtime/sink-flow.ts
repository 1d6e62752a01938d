import type { Clock } from '../core/clock.ts';
import { messageOf, StreamsError } from '../core/errors.ts';
import type { PartitionOffset, RecordContext } from '../core/record.ts';
import type { SinkTrace } from '../core/tracing.ts';
import type { Logger } from '../observe/logger.ts';
import type { SinkWriter } from '../sinks/sink.ts';
import { taskTimeout } from './task-retries.ts';

export interface SinkFlowOptions {
  readonly writer: SinkWriter;
  /** The task takes no input while the writer holds more than this (default 64 MiB). */
  readonly maxBufferedBytes: number;
  readonly taskId: string;
  /** How long the sink may refuse a flush for passing reasons. */
  readonly taskTimeoutMs: number;
  readonly start: readonly PartitionOffset[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wake: () => void;
  /** Default none. */
  readonly trace?: SinkTrace | null;
}

const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 30_000;
/** Whoever stops the application waits this long for a sink that cannot be written. */
const DRAIN_PATIENCE_MS = 10_000;

/**
 * The way into an external sink: buffers, flushes when the writer says so, keeps the source position that the sink has
 * taken for certain. While a flush runs the task takes no input, so the buffer never grows under it; a flush that fails
 * for a passing reason is tried again with back-off, the buffer kept.
 */
export class SinkFlow {
  readonly #options: SinkFlowOptions;
  #flushed: readonly PartitionOffset[];
  #flushing: Promise<void> | null = null;
  #failure: StreamsError | null = null;
  #moved = false;
  /** No attempt begins after it (monotone ms). */
  #tryUntil = Infinity;
  #endBackoff: (() => void) | null = null;

  constructor(options: SinkFlowOptions) {
    this.#options = options;
    this.#flushed = options.start;
  }

  get held(): boolean {
    return this.#flushing !== null || this.#options.writer.bufferedBytes > this.#options.maxBufferedBytes;
  }

  get unfinished(): number {
    return this.#flushing || this.#options.writer.bufferedBytes > 0 ? 1 : 0;
  }

  /** Whether the position has changed since the last commit of the group. */
  get moved(): boolean {
    return this.#moved;
  }

  write(key: unknown, value: unknown, record: RecordContext): void {
    this.#options.writer.write(key, value, record);
    this.#options.trace?.written(record);
  }

  /** For a commit, which says them to the group. */
  flushed(): PartitionOffset[] {
    this.#moved = false;
    return [...this.#flushed];
  }

  /** Starts a flush if it is time; what fails for good is thrown at the next call. */
  tick(consumed: () => PartitionOffset[]): void {
    if (this.#failure) throw this.#failure;
    const { writer, clock, maxBufferedBytes } = this.#options;
    if (this.#flushing || !this.#behind(consumed)) return;
    if (writer.bufferedBytes > maxBufferedBytes || writer.due(clock.now())) this.#flush(consumed());
  }

  /** Flushes what is there and waits for it, as long as is reasonable: a sink that cannot be written keeps its position. */
  async drain(consumed: () => PartitionOffset[]): Promise<void> {
    this.#tryUntil = this.#options.clock.monotonic() + DRAIN_PATIENCE_MS;
    this.#endBackoff?.();
    await this.#flushing;
    if (this.#failure) throw this.#failure;
    if (this.#behind(consumed)) this.#flush(consumed());
    await this.#flushing;
    if (this.#failure) throw this.#failure;
  }

  /** Waits for the attempt that runs, not for one that succeeds. */
  async close(): Promise<void> {
    this.#tryUntil = -Infinity;
    this.#endBackoff?.();
    await this.#flushing;
    await this.#options.writer.close();
  }

  #moveTo(position: readonly PartitionOffset[]): void {
    if (position.some(({ offset }, at) => offset !== this.#flushed[at]?.offset)) this.#moved = true;
    this.#flushed = position;
  }

  #behind(consumed: () => PartitionOffset[]): boolean {
    if (this.#options.writer.bufferedBytes > 0) return true;
    // Records that made no row, or one the table has already, move the position without a table commit.
    this.#moveTo(consumed());
    return false;
  }

  #flush(consumed: PartitionOffset[]): void {
    const span = this.#options.trace?.flush();
    this.#flushing = this.#attempt(consumed)
      .then(
        () => {
          span?.end();
          this.#moveTo(consumed);
        },
        (error: unknown) => {
          span?.end(error);
          // Another writer went on from where this one was: it owns the partition now, and this thread has to join anew.
          this.#failure =
            error instanceof StreamsError
              ? error.code === 'FENCED'
                ? new StreamsError('FENCED', error.message, { cause: error, retriable: true })
                : error
              : new StreamsError('PROCESSING', `the sink failed: ${messageOf(error)}`, { cause: error });
        },
      )
      .finally(() => {
        this.#flushing = null;
        this.#options.wake();
      });
  }

  async #attempt(consumed: PartitionOffset[]): Promise<void> {
    const { writer, logger, clock, taskId, taskTimeoutMs } = this.#options;
    const begun = clock.monotonic();
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS)) {
      try {
        await writer.flush(consumed);
        return;
      } catch (error) {
        if (!(error instanceof StreamsError && error.retriable)) throw error;
        const left = this.#tryUntil - clock.monotonic();
        if (left <= 0) throw error;
        if (clock.monotonic() - begun >= taskTimeoutMs) {
          throw taskTimeout('the flush of the sink', taskId, taskTimeoutMs, error);
        }
        logger.warn({ task: taskId, err: error.message, backoffMs }, 'a sink could not be written, trying again');
        await this.#pause(Math.min(backoffMs * (0.5 + Math.random() / 2), left));
        if (this.#tryUntil === -Infinity) throw error;
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endBackoff = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endBackoff = null;
  }
}
