import type { StatusReport } from '../observe/status.ts';
import { progressLines } from './progress-lines.ts';
import { plainText, styledText, type Line } from './styled.ts';
import type { Terminal } from './terminal.ts';

const REFRESH_MS = 400;
const HISTORY = 24;

export interface ProgressOptions {
  readonly title: string;
  readonly url: string;
  readonly status: () => Promise<StatusReport>;
}

/**
 * A few lines at the bottom of the terminal that are drawn over in place, with log lines scrolling above them. Each
 * redraw is one write that ends what it replaces line by line, so nothing flickers.
 */
export class Progress {
  readonly #terminal: Terminal;
  readonly #options: ProgressOptions;
  readonly #history = new Map<string, number[]>();
  /** Visible widths of the lines on the screen: a narrower terminal has wrapped them by the next redraw. */
  #drawn: readonly number[] = [];
  #status: StatusReport | null = null;
  #notice: string | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(terminal: Terminal, options: ProgressOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS);
    this.#timer.unref();
  }

  async refresh(): Promise<void> {
    const status = await this.#options.status();
    for (const { name, rate } of status.stages) {
      const rates = this.#history.get(name) ?? [];
      this.#history.set(name, rates);
      rates.push(rate);
      if (rates.length > HISTORY) rates.shift();
    }
    this.#status = status;
    if (this.#timer) this.#draw('');
  }

  /** What the display says below everything else from now on. */
  notice(text: string): void {
    this.#notice = text;
    if (this.#timer) this.#draw('');
  }

  /** A log line, above the display. */
  log(text: string): void {
    if (this.#timer) this.#draw(text);
    else this.#terminal.err(text);
  }

  /** Leaves the last display where it is. */
  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  #draw(above: string): void {
    const columns = Math.max(20, this.#terminal.columns());
    const rows = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    const up = rows > 0 ? `\u001B[${rows}F` : '';
    const logged = above === '' ? '' : above.replaceAll('\n', '\u001B[K\n');
    const lines = this.#lines(columns - 1).slice(0, Math.max(1, this.#terminal.rows() - 1));
    const texts = lines.map((line) => styledText(line, columns - 1, this.#terminal.colours));
    this.#drawn = lines.map((line) => Math.min(plainText(line).length, columns - 1));
    this.#terminal.err(`${up}${logged}${texts.map((text) => `${text}\u001B[K\n`).join('')}\u001B[J`);
  }

  #lines(width: number): Line[] {
    const { title, url } = this.#options;
    if (this.#status === null) return [];
    return progressLines(this.#status, { title, url, history: this.#history, notice: this.#notice, width });
  }
}
