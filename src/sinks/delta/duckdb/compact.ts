import type { AddFile } from '../actions.ts';
import { deleteFiles, type TableShape } from '../data-file.ts';
import type { TableLocation } from '../log.ts';
import type { Compaction } from '../optimize.ts';
import { dataSchema } from '../partition.ts';
import { copyFile } from './copy-file.ts';
import { castColumns, type Engine } from './engine.ts';
import { rowsOf, writeTemplate } from './file-rows.ts';
import { LocalFiles } from './local-files.ts';
import { sqlName } from './sql.ts';

/** Bits that a column's rank has in a Z-order value: 63 in all. */
const RANK_BITS = 10;
const MOST_COLUMNS = 6;

/** Makes the files that take the place of others of the same partition. Whoever calls it takes them back if it fails later. */
export async function compactByEngine(
  engine: Engine,
  table: TableLocation,
  shape: TableShape,
  { files, zOrderBy, targetBytes }: Compaction,
): Promise<AddFile[]> {
  const local = new LocalFiles(table, engine.folder);
  const inFile = dataSchema(shape.schema, shape.partitionColumns);
  const paths: string[] = [];
  for (const file of files) paths.push(await local.fetch(file));
  const partitionValues = files[0]?.partitionValues ?? {};
  const template = await writeTemplate(engine, local.newName(), inFile);
  const rows = rowsOf({ paths, partitionValues }, template, shape, inFile);
  const target = { engine, files: local, table, shape };
  const adds: AddFile[] = [];
  const write = async (query: string): Promise<void> => {
    const copied = await copyFile(target, { query, partitionValues, dataChange: false });
    if (copied) adds.push(copied.add);
  };
  try {
    if (zOrderBy.length === 0) {
      await write(rows);
    } else {
      const size = files.reduce((sum, file) => sum + file.size, 0);
      const parts = Math.max(1, Math.ceil(size / targetBytes));
      await engine.run(`CREATE OR REPLACE TABLE ranked AS ${ranked(rows, zOrderBy)}`);
      for (const [low, high] of await bounds(engine, parts)) {
        const within = `z >= ${low}${high === null ? '' : ` AND z < ${high}`}`;
        await write(`SELECT ${castColumns(inFile)} FROM ranked WHERE ${within} ORDER BY z`);
      }
    }
  } catch (error) {
    await deleteFiles(table, adds);
    throw error;
  } finally {
    for (const file of files) await local.release(file);
  }
  return adds;
}

/** The rows with `z`: the bits of each column's rank, in turn. Ranks, not values, so that every type and spread counts alike. */
function ranked(rows: string, zOrderBy: readonly string[]): string {
  const columns = zOrderBy.slice(0, MOST_COLUMNS);
  const ranks = columns.map((name, i) => `ntile(${2 ** RANK_BITS}) OVER (ORDER BY ${sqlName(name)}) - 1 AS rank_${i}`);
  const bits: string[] = [];
  for (let bit = 0; bit < RANK_BITS; bit++) {
    for (const i of columns.keys()) bits.push(`(((rank_${i} >> ${bit}) & 1) << ${bit * columns.length + i})`);
  }
  return `SELECT * EXCLUDE (${columns.map((_, i) => `rank_${i}`).join(', ')}), ${bits.join(' | ')} AS z FROM (SELECT *, ${ranks.join(', ')} FROM (${rows}))`;
}

/** Ranges of `z` with about as many rows each. */
async function bounds(engine: Engine, parts: number): Promise<[low: string, high: string | null][]> {
  const shares = Array.from({ length: parts - 1 }, (_, i) => (i + 1) / parts);
  const [found] =
    shares.length === 0 ? [] : await engine.rows(`SELECT quantile_disc(z, [${shares.join(', ')}]) AS cuts FROM ranked`);
  const cuts = Array.isArray(found?.['cuts']) ? found['cuts'].map(String) : [];
  const lows = ['0', ...new Set(cuts.filter((cut) => cut !== '0'))];
  return lows.map((low, i) => [low, lows[i + 1] ?? null]);
}
