import type { Command } from 'commander';

import type { DiffResult, DiffSide } from '../../sinks/delta/diff-tables.ts';
import { EXIT_FAILURE } from '../failure.ts';
import { collect, wholeNumber } from '../flags.ts';
import type { CommandSurroundings } from '../program.ts';
import { tablePlace } from '../table-place.ts';

const HELP = `
Rows are compared by their values, whatever files they are in. With --key, rows of the same key are compared with each
other; without, a row is in both tables or in one. Exits with 1 when the tables differ. Memory does not grow with the
tables: keys and digests go to a temporary folder, about 60 bytes and the key for each row.

Examples:
  topology table diff data/lake/claimx_projects /backup/claimx_projects --key project_id
  topology table diff data/lake/claimx_tasks /trial/claimx_tasks --key task_id --ignore updated_at
  topology table diff data/lake/claimx_events data/lake/claimx_events --version-a 10 --json
  topology table diff data/lake/claimx_projects abfss://files@account.dfs.core.windows.net/lake/claimx_projects`;

interface DiffFlags {
  readonly key?: readonly string[];
  readonly ignore?: readonly string[];
  readonly versionA?: number;
  readonly versionB?: number;
  readonly samples: number;
  readonly json: boolean;
}

export function addDiffCommand(table: Command, { terminal, folder, exitCode }: CommandSurroundings): void {
  table
    .command('diff <a> <b>')
    .description('Compare the rows of two tables, or of two versions of one.')
    .option('--key <column>', 'rows with the same value here belong together; repeat it for more', collect)
    .option('--ignore <column>', 'leave this column out, such as the time of a write; repeat it for more', collect)
    .option('--version-a <n>', 'this version of the first table', wholeNumber)
    .option('--version-b <n>', 'this version of the second table', wholeNumber)
    .option('--samples <n>', 'name so many keys of each kind of difference', wholeNumber, 10)
    .option('--json', 'print the result as JSON', false)
    .addHelpText('after', HELP)
    .action(async (a: string, b: string, flags: DiffFlags) => {
      const { diffTables } = await import('../../sinks/delta/diff-tables.ts');
      const side = async (path: string, version: number | undefined): Promise<DiffSide> => {
        return { ...(await tablePlace(folder, path)), ...(version === undefined ? {} : { version }) };
      };
      const options = { keys: flags.key ?? [], ignore: flags.ignore ?? [], samples: flags.samples };
      const result = await diffTables(await side(a, flags.versionA), await side(b, flags.versionB), options);
      terminal.out(flags.json ? `${JSON.stringify(result, null, 2)}\n` : diffText(result));
      if (!result.same) exitCode(EXIT_FAILURE);
    });
}

function diffText(result: DiffResult): string {
  const { a, b, samples } = result;
  const named = (what: string, count: number, keys: readonly string[]): string[] =>
    count === 0 ? [] : [`${count} rows ${what}${keys.map((key) => `\n  ${key}`).join('')}`];
  const columns = (what: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`columns only in ${what}: ${names.join(', ')}`];
  const lines = [
    `a: version ${a.version}, ${a.rows} rows; b: version ${b.version}, ${b.rows} rows`,
    ...columns('a', result.columnsOnlyInA),
    ...columns('b', result.columnsOnlyInB),
    ...named('differ', result.different, samples.different),
    ...named('only in a', result.onlyInA, samples.onlyInA),
    ...named('only in b', result.onlyInB, samples.onlyInB),
    result.same ? `the tables are the same: ${result.equal} rows` : `the tables differ; ${result.equal} rows are equal`,
  ];
  return `${lines.join('\n')}\n`;
}
