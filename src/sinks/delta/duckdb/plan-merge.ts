import type { AddFile, PartitionValues } from '../actions.ts';
import { deleteFiles, type TableShape } from '../data-file.ts';
import type { KeySet } from '../key-set.ts';
import { APART_BYTES, binsOf, type MadeFiles, type MergeInput } from '../merge-plan.ts';
import type { MergeMetrics } from '../merged-rows.ts';
import type { MergeSource } from '../merge-source.ts';
import type { TableLocation } from '../log.ts';
import { dataSchema, filesByPartition, ownPartitionText, partitionFields } from '../partition.ts';
import { checkNotAppendOnly } from '../protocol.ts';
import type { DeltaSchema } from '../schema.ts';
import { copyFile, type CopyTarget } from './copy-file.ts';
import { castColumns, type Engine } from './engine.ts';
import { partitionConstant, partitionText, rowsOf, undividedFiles, writeTemplate } from './file-rows.ts';
import { LocalFiles } from './local-files.ts';
import {
  columnList,
  insertedColumn,
  insertSource,
  matches,
  mergedColumn,
  OPERATIONS,
  type SourceTable,
} from './merge-tables.ts';
import { sqlName, sqlType } from './sql.ts';

/** Files that are rewritten together into one. */
const BIN_BYTES = 128 * 1024 * 1024;

export interface EngineMerge {
  readonly source: MergeSource;
  /** Those of the source. */
  readonly keys: KeySet;
  /** Files that hold one of them, or may. */
  readonly candidates: readonly AddFile[];
}

/**
 * The files of a merge, made by DuckDB in three steps:
 *
 * 1. `hits`: which row of the source is in which file, by the key columns alone;
 * 2. `rest`: rows that go where no old row is: new ones, those that leave their partition, and all that change where
 *    more is rewritten than {@link APART_BYTES};
 * 3. each file with a hit is rewritten, with the rows of `rest` that belong to its partition, unless they stay apart.
 *
 * Old rows stream through a join with the source, so memory does not depend on the size of the table.
 */
export async function planEngineMerge(
  engine: Engine,
  table: TableLocation,
  shape: TableShape,
  input: MergeInput,
  { source, keys, candidates }: EngineMerge,
): Promise<MadeFiles> {
  const merge = new MergeRun(engine, table, shape, input);
  await merge.open(source);
  const removes = await merge.findHits(candidates);
  if (removes.length > 0) checkNotAppendOnly(shape);
  await merge.collectRest(removes);
  const adds: AddFile[] = [];
  try {
    await merge.rewrite(removes, adds);
  } catch (error) {
    await deleteFiles(table, adds);
    throw error;
  }
  if (shape.partitionColumns.length === 0) rememberKeys(input, removes, adds, keys);
  return { adds, removes, metrics: await merge.metrics() };
}

/**
 * Where one file has the rows that stay, and one the others, as in most merges of a table without partitions, their keys
 * need not be read.
 */
function rememberKeys(
  { cache, rows }: MergeInput,
  removes: readonly AddFile[],
  adds: readonly AddFile[],
  keys: KeySet,
): void {
  const old = cache.union(removes.map(({ path }) => path));
  const [kept, changed] = adds;
  if (!old || !isApart(removes) || !kept || !changed || adds.length !== 2 || rows.deletions.some(Boolean)) return;
  cache.set(kept.path, old.without(keys));
  cache.set(changed.path, keys);
}

function isApart(files: readonly AddFile[]): boolean {
  return files.reduce((sum, { size }) => sum + size, 0) > APART_BYTES;
}

class MergeRun {
  readonly #engine: Engine;
  readonly #shape: TableShape;
  readonly #input: MergeInput;
  readonly #target: CopyTarget;
  #source: SourceTable = { fields: [], sparse: new Set() };
  #template = '';
  #written = 0;

  constructor(engine: Engine, table: TableLocation, shape: TableShape, input: MergeInput) {
    this.#engine = engine;
    this.#shape = shape;
    this.#input = input;
    this.#target = { engine, table, shape, files: new LocalFiles(table, engine.folder) };
  }

  async open(source: MergeSource): Promise<void> {
    this.#source = await insertSource(this.#engine, this.#input, source);
    const inFile = dataSchema(this.#shape.schema, this.#shape.partitionColumns);
    this.#template = await writeTemplate(this.#engine, this.#target.files.newName(), inFile);
    await this.#engine.run('CREATE TABLE hits (id INTEGER, file VARCHAR, rows BIGINT)');
  }

  async findHits(candidates: readonly AddFile[]): Promise<AddFile[]> {
    const { fields } = this.#shape.schema;
    const keys: DeltaSchema = {
      type: 'struct',
      fields: fields.filter(({ name }) => this.#input.keyColumns.includes(name)),
    };
    const { files: local } = this.#target;
    const hit: AddFile[] = [];
    for (const { files, values } of filesByPartition(candidates)) {
      for (const bin of binsOf(files, local.binBytes)) {
        const paths: string[] = [];
        for (const file of bin) paths.push(await local.fetch(file));
        const old = rowsOf({ paths, partitionValues: values }, this.#template, this.#shape, keys, ['filename']);
        await this.#engine.run(
          `INSERT INTO hits SELECT s.id, t.filename, count(*) FROM (${old}) t JOIN source s ` +
            `ON ${matches(this.#source, this.#input.keyColumns)} GROUP BY ALL`,
        );
        const found = await this.#engine.rows('SELECT DISTINCT file FROM hits');
        const named = new Set(found.map(({ file }) => textIn(file)));
        const [held, free] = [[] as AddFile[], [] as AddFile[]];
        for (const [i, file] of bin.entries()) (named.has(paths[i] ?? '') ? held : free).push(file);
        for (const file of free) await local.release(file);
        await local.trim(held);
        hit.push(...held);
      }
    }
    return hit;
  }

  async collectRest(removes: readonly AddFile[]): Promise<void> {
    const { schema, partitionColumns } = this.#shape;
    const columns = schema.fields.map(({ name, type }) => `${sqlName(name)} ${sqlType(type)}`);
    await this.#engine.run(`CREATE TABLE rest (${columns.join(', ')})`);
    const fresh = columnList(schema, (column) => insertedColumn(column, this.#source));
    await this.#engine.run(
      `INSERT INTO rest SELECT ${fresh} FROM source s ` +
        `WHERE s.op <> ${OPERATIONS.delete} AND s.id NOT IN (SELECT id FROM hits)`,
    );
    for (const { files, values } of filesByPartition(removes)) {
      const apart = isApart(files);
      if (partitionColumns.length === 0 && !apart) continue;
      const moved = columnList(schema, (column) => mergedColumn(column, this.#source));
      await this.#engine.run(
        `INSERT INTO rest SELECT ${moved} FROM (${await this.#old(files, values)}) t JOIN source s ` +
          `ON ${matches(this.#source, this.#input.keyColumns)} ` +
          `WHERE s.op <> ${OPERATIONS.delete}${apart ? '' : ` AND NOT (${this.#stays(values)})`}`,
      );
      await this.#target.files.trim(files);
    }
  }

  /** The files of each partition, and the rows that come to it. */
  async rewrite(removes: readonly AddFile[], adds: AddFile[]): Promise<void> {
    const { partitionColumns, schema } = this.#shape;
    const waiting = new Map((await this.#restPartitions()).map((values) => [JSON.stringify(values), values]));
    const inFile = dataSchema(schema, partitionColumns);
    const rest = (values: PartitionValues): string => {
      const here = partitionFields(schema, partitionColumns).map(
        (column) => `${sqlName(column.name)} IS NOT DISTINCT FROM ${partitionConstant(column, values)}`,
      );
      return `SELECT ${castColumns(inFile)} FROM rest WHERE ${['true', ...here].join(' AND ')}`;
    };
    const write = async (query: string, partitionValues: PartitionValues): Promise<void> => {
      const copied = await copyFile(this.#target, { query, partitionValues, dataChange: true });
      if (!copied) return;
      adds.push(copied.add);
      this.#written += copied.rows;
    };
    for (const { files, values } of filesByPartition(removes)) {
      const bins = binsOf(files, BIN_BYTES);
      const apart = isApart(files);
      const key = JSON.stringify(this.#ordered(values));
      for (const bin of bins) {
        const old = columnList(inFile, (column) => mergedColumn(column, this.#source));
        const kept =
          `SELECT ${castColumns(inFile)} FROM (SELECT ${old} FROM (${await this.#old(bin, values)}) t LEFT JOIN source s ` +
          `ON ${matches(this.#source, this.#input.keyColumns)} WHERE s.id IS NULL` +
          (apart ? ')' : ` OR (s.op <> ${OPERATIONS.delete} AND ${this.#stays(values)}))`);
        const joined = !apart && bin === bins.at(-1) && waiting.delete(key);
        await write(joined ? `${kept} UNION ALL ${rest(values)}` : kept, values);
        for (const file of bin) await this.#target.files.release(file);
      }
    }
    for (const values of waiting.values()) await write(rest(values), values);
  }

  async metrics(): Promise<MergeMetrics> {
    const [counts] = await this.#engine.rows(
      `SELECT coalesce(sum(h.rows) FILTER (s.op <> ${OPERATIONS.delete}), 0)::VARCHAR AS updated, ` +
        `coalesce(sum(h.rows) FILTER (s.op = ${OPERATIONS.delete}), 0)::VARCHAR AS deleted, ` +
        `(SELECT count(*) FROM source WHERE op <> ${OPERATIONS.delete} AND id NOT IN (SELECT id FROM hits))::VARCHAR AS inserted ` +
        'FROM hits h JOIN source s USING (id)',
    );
    const [numTargetRowsUpdated, numTargetRowsDeleted, numTargetRowsInserted] = [
      Number(counts?.['updated']),
      Number(counts?.['deleted']),
      Number(counts?.['inserted']),
    ];
    const numTargetRowsCopied = this.#written - numTargetRowsUpdated - numTargetRowsInserted;
    return { numTargetRowsInserted, numTargetRowsUpdated, numTargetRowsDeleted, numTargetRowsCopied };
  }

  async #old(files: readonly AddFile[], partitionValues: PartitionValues): Promise<string> {
    const fetched: { path: string; size: number }[] = [];
    for (const file of files) fetched.push({ path: await this.#target.files.fetch(file), size: file.size });
    const paths = fetched.map(({ path }) => path);
    const undivided = await undividedFiles(this.#engine, this.#shape.schema, fetched);
    return rowsOf({ paths, partitionValues, undivided }, this.#template, this.#shape);
  }

  /** Whether a matched row is in the same partition afterwards. */
  #stays(values: PartitionValues): string {
    const { schema, partitionColumns } = this.#shape;
    const same = partitionFields(schema, partitionColumns).map((column) => {
      // The empty text is kept as null: see printPartitionValue.
      const merged = mergedColumn(column, this.#source);
      const value = column.type === 'string' ? `nullif(${merged}, '')` : merged;
      return `(${value}) IS NOT DISTINCT FROM ${partitionConstant(column, values)}`;
    });
    return ['true', ...same].join(' AND ');
  }

  async #restPartitions(): Promise<PartitionValues[]> {
    const { schema, partitionColumns } = this.#shape;
    const by = partitionFields(schema, partitionColumns);
    for (const { name, type } of by) {
      if (type === 'string') await this.#engine.run(`UPDATE rest SET ${sqlName(name)} = nullif(${sqlName(name)}, '')`);
    }
    if (by.length === 0) return (await this.#engine.rows('SELECT 1 FROM rest LIMIT 1')).map(() => ({}));
    const texts = by.map(({ name, type }) => `${partitionText(sqlName(name), type)} AS ${sqlName(name)}`).join(', ');
    const found = await this.#engine.rows(`SELECT DISTINCT ${texts} FROM rest`);
    return found.map((row) => this.#ordered(row as PartitionValues));
  }

  /** In the order of the schema, and in our own spelling, so that equal partitions have equal texts. */
  #ordered(values: PartitionValues): PartitionValues {
    const by = partitionFields(this.#shape.schema, this.#shape.partitionColumns);
    return Object.fromEntries(by.map(({ name, type }) => [name, ownPartitionText(type, values[name])]));
  }
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
