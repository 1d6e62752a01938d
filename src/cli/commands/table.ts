import { Command } from 'commander';

import type { DeltaTable } from '../../sinks/delta/table.ts';
import { EXIT_FAILURE } from '../failure.ts';
import { collect, wholeNumber } from '../flags.ts';
import type { CommandSurroundings } from '../program.ts';
import { addDiffCommand } from './table-diff.ts';
import { addRowsCommand } from './table-rows.ts';
import { tablePlace } from '../table-place.ts';
import { describeTable, historyOf, sizeOf } from '../table-text.ts';

const HELP = `
A table is a folder with _delta_log in it, or the address of one in Azure (abfss://…), opened as whoever is signed in
here. describe, history, rows, check and diff only read; optimize and vacuum write, and may run
while others write to the table.

Examples:
  topology table describe data/lake/claimx_projects
  topology table history data/lake/claimx_projects --limit 5
  topology table rows data/lake/claimx_attachments --where media_id=m-0123
  topology table check data/lake/claimx_projects                 exit code 1 when something is wrong
  topology table optimize data/lake/claimx_events                puts small files together
  topology table optimize data/lake/claimx_events --z-order project_id --z-order ingested_at
  topology table vacuum data/lake/claimx_projects --dry-run      what would be deleted`;

const CHECK_HELP = `
Checks that the log has no gap and each commit is legal, that each checkpoint says what the commits before it say, and
that each data file is there, with the size, the number of rows, the nulls and the bounds that the log says. Prints a
line for each fault, and exits with 1 when there is one.`;

const OPTIMIZE_HELP = `
Small files of a partition are put together into files of about --target-mb. The rows stay the same, and the old files
stay for readers of older versions until vacuum takes them. With --z-order all files are rewritten, with rows that are
near in all named columns near each other, so that queries that filter by them skip most files.`;

const VACUUM_HELP = `
Deletes data files that the table does not name any more, or never did, once they are older than the retention
(the table's delta.deletedFileRetentionDuration, or 7 days). Versions from before then cannot be read any more.
A retention below 168 hours can take files from under readers and writers that are still at work: --allow-short says that
there are none.`;

export function tableCommand(surroundings: CommandSurroundings): Command {
  const { terminal, folder } = surroundings;
  // Loaded when it is needed: the other commands do not pay for the packages that read Parquet.
  const open = async (path: string): Promise<DeltaTable> => {
    const { DeltaTable: Table } = await import('../../sinks/delta/table.ts');
    const { path: inStore, lake } = await tablePlace(folder, path);
    return Table.open(inStore, { checkpointInterval: 0, ...(lake ? { lake } : {}) });
  };
  const table = new Command('table')
    .description('Look at, check and tidy up a Delta table.')
    .addHelpText('after', HELP);
  table
    .command('describe <path>')
    .description('Print the schema, the protocol, the size and the marks of a table.')
    .action(async (path: string) => terminal.out(describeTable(await open(path))));
  table
    .command('history <path>')
    .description('Print the versions of a table, the newest first.')
    .option('--limit <n>', 'so many', wholeNumber, 20)
    .action(async (path: string, { limit }: { readonly limit: number }) => {
      terminal.out(historyOf(await (await open(path)).history({ limit })));
    });
  addRowsCommand(table, terminal, open);
  table
    .command('optimize <path>')
    .description('Put small files together, or sort the rows by Z-order.')
    .option('--z-order <column>', 'sort by this column; repeat it for more', collect)
    .option('--target-mb <n>', 'size of the files that are made', wholeNumber, 128)
    .addHelpText('after', OPTIMIZE_HELP)
    .action(async (path: string, flags: { readonly zOrder?: readonly string[]; readonly targetMb: number }) => {
      const targetBytes = flags.targetMb * 1024 * 1024;
      const result = await (await open(path)).optimize({ targetBytes, zOrderBy: flags.zOrder ?? [] });
      const { filesRemoved, filesAdded, version } = result;
      terminal.out(`${filesRemoved} files became ${filesAdded}; the table is at version ${version}\n`);
    });
  table
    .command('vacuum <path>')
    .description('Delete the data files that no version within the retention needs.')
    .option('--dry-run', 'list them, and delete nothing', false)
    .option('--retain-hours <n>', 'how long a file stays after the table let go of it', wholeNumber)
    .option('--allow-short', 'allow less than 168 hours', false)
    .addHelpText('after', VACUUM_HELP)
    .action(async (path: string, flags: VacuumFlags) => {
      const { dryRun, retainHours, allowShort: allowShortRetention } = flags;
      const retention = retainHours === undefined ? {} : { retentionMs: retainHours * 3_600_000 };
      const { files, bytes } = await (await open(path)).vacuum({ dryRun, allowShortRetention, ...retention });
      if (dryRun) terminal.out(files.map((file) => `${file}\n`).join(''));
      terminal.out(`${files.length} files, ${sizeOf(bytes)}, ${dryRun ? 'would be' : 'were'} deleted\n`);
    });
  table
    .command('check <path>')
    .description('Verify a table: its log, its checkpoints, its files and their statistics.')
    .option('--no-statistics', 'do not read the files themselves')
    .addHelpText('after', CHECK_HELP)
    .action(async (path: string, { statistics }: { readonly statistics: boolean }) => {
      const { checkTable } = await import('../../sinks/delta/check-table.ts');
      const { path: inStore, lake } = await tablePlace(folder, path);
      const options = { statistics, ...(lake ? { lake } : {}) };
      const { faults, version, commits, files, rows } = await checkTable(inStore, options);
      for (const fault of faults) terminal.out(`${fault}\n`);
      const found =
        faults.length === 0 ? 'is sound' : `has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`;
      terminal.out(`${path} ${found}: version ${version}, ${commits} commits, ${files} files, ${rows} rows\n`);
      if (faults.length > 0) surroundings.exitCode(EXIT_FAILURE);
    });
  addDiffCommand(table, surroundings);
  return table;
}

interface VacuumFlags {
  readonly dryRun: boolean;
  readonly retainHours?: number;
  readonly allowShort: boolean;
}
