import { readFile } from 'node:fs/promises';

/** A use of the command in a document. */
export interface DocumentedCommand {
  readonly place: string;
  readonly words: readonly string[];
}

/**
 * Every `topology …` that a document tells its reader to type: at the start of a line of a code block, in back ticks, and as
 * the arguments of a container.
 */
export async function commandsOf(file: string): Promise<DocumentedCommand[]> {
  const text = await readFile(file, 'utf8');
  const found: DocumentedCommand[] = [];
  const add = (line: number, command: string): void => {
    // What follows two spaces, a comment or a pipe explains or goes on elsewhere.
    const [own = ''] = command.split(/ {2,}| [#>|]|[;&]/);
    found.push({ place: `${file}:${line}`, words: own.trim().split(/\s+/) });
  };
  const lines = text.replaceAll(/\\\n\s*/g, ' ').split('\n');
  for (const [i, line] of lines.entries()) {
    const typed = /^(?: {4}|\$ )?(?:\w+=\S+ )*topology (?=[\w-])(.*)$/.exec(line);
    if (typed) add(i + 1, typed[1] ?? '');
    else for (const [, command = ''] of line.matchAll(/`topology ([^`]+)`/g)) add(i + 1, command);
    const args = /^\s*args: \[([^\]]+)\]/.exec(line) ?? /topology-streams ((?:start|claimx-|xact-).*)$/.exec(line);
    if (args) add(i + 1, (args[1] ?? '').replaceAll(',', ''));
  }
  return found;
}
