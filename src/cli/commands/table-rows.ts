import type { Command } from 'commander';

import { StreamsError } from '../../core/errors.ts';
import type { DeltaSchema } from '../../sinks/delta/schema.ts';
import type { DeltaTable } from '../../sinks/delta/table.ts';
import { collect, wholeNumber } from '../flags.ts';
import { showValue } from '../show-value.ts';
import type { Terminal } from '../terminal.ts';

const HELP = `
For a look: the whole table is read into memory. Long texts are cut, and the queries of URLs are left out.`;

interface RowsFlags {
  readonly where?: readonly string[];
  readonly limit: number;
}

export function addRowsCommand(table: Command, terminal: Terminal, open: (path: string) => Promise<DeltaTable>): void {
  table
    .command('rows <path>')
    .description('Print rows of a table, each as a line of JSON.')
    .option('--where <column=value>', 'only rows with this value; repeat it for more, all must hold', collect)
    .option('--limit <n>', 'so many', wholeNumber, 20)
    .addHelpText('after', HELP)
    .action(async (path: string, { where = [], limit }: RowsFlags) => {
      const opened = await open(path);
      const conditions = where.map((text) => conditionOf(text, opened.schema));
      const rows = (await opened.readRows()).filter((row) =>
        conditions.every(([column, text]) => textOf(row[column]) === text),
      );
      for (const row of rows.slice(0, limit)) terminal.out(`${JSON.stringify(showValue(row))}\n`);
      terminal.err(`${Math.min(rows.length, limit)} of ${rows.length} rows\n`);
    });
}

/** A column and the text that its value must have. */
function conditionOf(text: string, { fields }: DeltaSchema): readonly [string, string] {
  const at = text.indexOf('=');
  const column = text.slice(0, Math.max(at, 0));
  if (fields.some(({ name }) => name === column)) return [column, text.slice(at + 1)];
  const columns = fields.map(({ name }) => name).join(', ');
  throw new StreamsError('CONFIG_INVALID', `--where ${text}: give column=value; the columns are ${columns}`);
}

/** A value is compared as it is printed, null as the empty text. */
function textOf(value: unknown): string {
  const shown = showValue(value ?? '');
  return typeof shown === 'string' ? shown : JSON.stringify(shown);
}
