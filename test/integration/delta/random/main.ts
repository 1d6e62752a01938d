import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type RandomTable, writeRandomTable } from './random-table.ts';

const HELP = `npm run delta:random -- --tables N --seed S --out DIR

Writes N random Delta tables, each a folder of DIR, by a random history: types, nesting, partitions with odd characters,
nulls, new columns, merges, deletions, overwrites, checkpoints, log clean-up, compaction, Z-order, concurrent writers.
Each is read again by our own reader and compared with what it should hold. DIR/tables.json has the row count and the row
digest of each, for other readers to be compared with. Exit code 1 when a table is not what it should be.`;

const { values } = parseArgs({
  options: {
    tables: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const { out } = values;
if (values.help || out === undefined) {
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}
const [count, first] = [Number(values.tables), Number(values.seed)];
await mkdir(out, { recursive: true });
const tables: RandomTable[] = [];
let wrong = 0;
for (let i = 0; i < count; i++) {
  const name = `table-${first + i}`;
  try {
    const table = await writeRandomTable(out, name, first + i);
    tables.push(table);
    console.log(`${name}: version ${table.version}, ${table.rows} rows, digest ${table.digest}`);
  } catch (error) {
    wrong++;
    console.log(`${name}: WRONG: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
await writeFile(join(out, 'tables.json'), `${JSON.stringify(tables, null, 2)}\n`);
console.log(`${tables.length} tables are what they should be, ${wrong} are not`);
process.exitCode = wrong > 0 ? 1 : 0;
