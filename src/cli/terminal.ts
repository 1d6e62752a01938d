/** The two streams of the command, and whether a person watches. */
export interface Terminal {
  /** What was asked for: descriptions, summaries. */
  readonly out: (text: string) => void;
  /** Everything else: logs, progress, errors. */
  readonly err: (text: string) => void;
  /** Whether `err` is a terminal, so that lines can be drawn over. */
  readonly interactive: boolean;
  /** Width of the terminal in characters. */
  readonly columns: () => number;
}

export function processTerminal(): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY && process.env['TERM'] !== 'dumb',
    columns: () => process.stderr.columns ?? 80,
  };
}
