import { createLogger, type Logger } from '../observe/logger.ts';
import type { StatusReport } from '../observe/status.ts';
import type { CommandConfig } from './config/schema.ts';
import { Progress, type ProgressOptions } from './progress.ts';
import type { Terminal } from './terminal.ts';

const LOG_PROGRESS_EVERY_MS = 5_000;

/**
 * How a run shows itself: on a terminal a live display with warnings above it, otherwise JSON log lines with the
 * progress among them.
 */
export class Reporter {
  readonly logger: Logger;
  readonly #terminal: Terminal;
  readonly #pretty: boolean;
  #progress: Progress | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(terminal: Terminal, logging: CommandConfig['logging']) {
    this.#terminal = terminal;
    this.#pretty = logging.format === 'pretty' || (logging.format === 'auto' && terminal.interactive);
    this.logger = createLogger({
      level: logging.level ?? (terminal.interactive ? 'warn' : 'info'),
      format: this.#pretty ? 'pretty' : 'json',
      destination: { write: (text) => (this.#progress ? this.#progress.log(text) : terminal.err(text)) },
    });
  }

  start(options: ProgressOptions): void {
    if (this.#terminal.interactive && this.#pretty) {
      this.#progress = new Progress(this.#terminal, options);
      this.#progress.start();
      return;
    }
    this.#timer = setInterval(() => void this.#logProgress(options.status), LOG_PROGRESS_EVERY_MS);
    this.#timer.unref();
  }

  /** Something about the run that stays in sight. */
  notice(text: string): void {
    if (this.#progress) this.#progress.notice(text);
    else this.logger.info(text);
  }

  /** Shows the last state of things, once. */
  async finish(status: () => Promise<StatusReport>): Promise<void> {
    if (this.#progress) await this.#progress.refresh();
    else await this.#logProgress(status);
    this.stop();
  }

  stop(): void {
    this.#progress?.stop();
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  async #logProgress(status: () => Promise<StatusReport>): Promise<void> {
    const { stages, tables, deadLetters } = await status();
    this.logger.info(
      {
        stages: Object.fromEntries(
          stages.map(({ name, state, processed, rate, lag }) => [
            name,
            { state, processed, rate: Math.round(rate), lag },
          ]),
        ),
        tables: Object.fromEntries(tables.map(({ name, rows }) => [name, rows])),
        deadLetters: Object.fromEntries(deadLetters.map(({ topic, records }) => [topic, records])),
      },
      'progress',
    );
  }
}
