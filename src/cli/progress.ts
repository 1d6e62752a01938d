import type { StageStatus, StatusReport } from '../observe/status.ts';
import type { Terminal } from './terminal.ts';

const REFRESH_MS = 400;

/**
 * A few lines at the bottom of the terminal that are drawn over in place, with log lines scrolling above them. Each
 * redraw is one write that ends what it replaces line by line, so nothing flickers.
 */
export class Progress {
  readonly #terminal: Terminal;
  readonly #status: () => Promise<StatusReport>;
  readonly #headline: string;
  #drawn = 0;
  #lines: readonly string[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(terminal: Terminal, headline: string, status: () => Promise<StatusReport>) {
    this.#terminal = terminal;
    this.#headline = headline;
    this.#status = status;
  }

  start(): void {
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS);
    this.#timer.unref();
  }

  async refresh(): Promise<void> {
    const status = await this.#status();
    this.#lines = progressLines(this.#headline, status);
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
    const width = Math.max(20, this.#terminal.columns() - 1);
    const up = this.#drawn > 0 ? `\u001B[${this.#drawn}F` : '';
    const logged = above === '' ? '' : above.replaceAll('\n', '\u001B[K\n');
    const body = this.#lines.map((line) => `${line.slice(0, width)}\u001B[K\n`).join('');
    this.#drawn = this.#lines.length;
    this.#terminal.err(`${up}${logged}${body}\u001B[J`);
  }
}

/** The display as plain lines. */
export function progressLines(headline: string, status: StatusReport): string[] {
  const width = Math.max(...status.stages.map((stage) => stage.name.length), 12);
  const lines = [`${headline} · ${seconds(status.uptimeMs)}`];
  for (const stage of status.stages) lines.push(stageLine(stage, width));
  if (status.tables.length > 0) {
    lines.push(`  ${'tables'.padEnd(width)}  ${status.tables.map((t) => `${t.name} ${count(t.rows)}`).join(' · ')}`);
  }
  const dead = status.deadLetters.filter((topic) => topic.records > 0);
  if (status.deadLetters.length > 0) {
    const text = dead.length === 0 ? 'none' : dead.map((d) => `${d.topic} ${count(d.records)}`).join(' · ');
    lines.push(`  ${'dead letters'.padEnd(width)}  ${text}`);
  }
  return lines;
}

function stageLine(stage: StageStatus, width: number): string {
  const lag = stage.lag === null ? '?' : count(stage.lag);
  return [
    `  ${stage.name.padEnd(width)}`,
    stage.state.padEnd(11),
    `${count(stage.rate)}/s`.padStart(10),
    `${count(stage.processed)} done`.padStart(14),
    `lag ${lag}`,
  ].join('  ');
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function seconds(ms: number): string {
  const all = Math.floor(ms / 1000);
  return all < 60 ? `${all} s` : `${Math.floor(all / 60)} min ${all % 60} s`;
}
