import type { Terminal } from '../../src/cli/terminal.ts';

/** A terminal that keeps what is written. */
export function fakeTerminal(interactive = false) {
  const written = { out: '', err: '' };
  const terminal: Terminal = {
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    interactive,
    colours: false,
    columns: () => 100,
    rows: () => 40,
  };
  return { terminal, written };
}
