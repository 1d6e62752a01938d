import { createInterface } from 'node:readline/promises';

/** The two streams of the command, and whether a person watches. */
export interface Terminal {
  /** What was asked for: descriptions, summaries. */
  readonly out: (text: string) => void;
  /** Everything else: logs, progress, errors. */
  readonly err: (text: string) => void;
  /** Whether `err` is a terminal, so that lines can be drawn over. */
  readonly interactive: boolean;
  /** Whether `err` shows colours (https://no-color.org). */
  readonly colours: boolean;
  /** Width of the terminal in characters. */
  readonly columns: () => number;
  /** Height of the terminal in lines. */
  readonly rows: () => number;
}

export function processTerminal(): Terminal {
  const interactive = process.stderr.isTTY && process.env['TERM'] !== 'dumb';
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive,
    colours: interactive && !process.env['NO_COLOR'],
    columns: () => process.stderr.columns ?? 80,
    rows: () => process.stderr.rows ?? 24,
  };
}

/** Asks a question that is answered by `y`; only where standard input is a terminal. */
export async function askTerminal(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(question)).trim());
  } finally {
    lines.close();
  }
}
