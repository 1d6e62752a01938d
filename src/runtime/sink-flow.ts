import type { Clock } from '../core/clock.ts';
import { messageOf, StreamsError } from '../core/errors.ts';
import type { PartitionOffset, RecordContext } from '../core/record.ts';
import type { Logger } from '../observe/logger.ts';
import type { SinkWriter } from '../sinks/sink.ts';

export interface SinkFlowOptions {
  readonly writer: SinkWriter;
  /** The task takes no input while the writer holds more than this (default 64 MiB). */
  readonly maxBufferedBytes: number;
  readonly start: readonly PartitionOffset[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wake: () => void;
}

const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 30_000;

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

  write(key: unknown, value: unknown, record: RecordContext): void {
    this.#options.writer.write(key, value, record);
  }

  flushed(): PartitionOffset[] {
    return [...this.#flushed];
  }

  /** Starts a flush if it is time; what fails for good is thrown at the next call. */
  tick(consumed: () => PartitionOffset[]): void {
    if (this.#failure) throw this.#failure;
    const { writer, clock, maxBufferedBytes } = this.#options;
    if (this.#flushing || !this.#behind(consumed)) return;
    if (writer.bufferedBytes > maxBufferedBytes || writer.due(clock.now())) this.#flush(consumed());
  }

  /** Flushes what is there and waits for it. */
  async drain(consumed: () => PartitionOffset[]): Promise<void> {
    await this.#flushing;
    if (this.#behind(consumed)) this.#flush(consumed());
    await this.#flushing;
    if (this.#failure) throw this.#failure;
  }

  async close(): Promise<void> {
    await this.#flushing;
    await this.#options.writer.close();
  }

  #behind(consumed: () => PartitionOffset[]): boolean {
    if (this.#options.writer.bufferedBytes > 0) return true;
    // Records that made no row, or one the table has already, move the position without a table commit.
    this.#flushed = consumed();
    return false;
  }

  #flush(consumed: PartitionOffset[]): void {
    this.#flushing = this.#attempt(consumed)
      .then(
        () => {
          this.#flushed = consumed;
        },
        (error: unknown) => {
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
    const { writer, logger } = this.#options;
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS)) {
      try {
        await writer.flush(consumed);
        return;
      } catch (error) {
        if (!(error instanceof StreamsError && error.retriable)) throw error;
        logger.warn({ err: error.message, backoffMs }, 'a sink could not be written, trying again');
        await new Promise((resolve) => setTimeout(resolve, backoffMs * (0.5 + Math.random() / 2)));
      }
    }
  }
}
