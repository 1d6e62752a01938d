import type { AddFile, PartitionValues } from '../actions.ts';
import { deleteFiles, type TableShape } from '../data-file.ts';
import { KeySet } from '../key-set.ts';
import { apartOf, binsOf, type MadeFiles, type MergeInput } from '../merge-plan.ts';
import type { MergeMetrics } from '../merged-rows.ts';
import type { MergeSource } from '../merge-source.ts';
import type { TableLocation } from '../log.ts';
import { dataSchema, filesByPartition, ownPartitionText, partitionFields } from '../partition.ts';
import { checkNotAppendOnly } from '../protocol.ts';
import type { DeltaSchema } from '../schema.ts';
import { type CopyTarget, startCopy } from './copy-file.ts';
import { allEnded, castColumns, type Engine } from './engine.ts';
import { type FileRows, partitionConstant, partitionText, partsOf, rowsOf, writeTemplate } from './file-rows.ts';
import { LocalFiles } from './local-files.ts';
import {
  columnList,
  insertedColumn,
  insertSource,
  matches,
  mergedColumn,
  OPERATIONS,
  replacesRows,
  type SourceTable,
} from './merge-tables.ts';
import { sqlName, sqlType } from './sql.ts';

/** Files that are rewritten together. */
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
 * 2. `rest`: rows that are new or changed;
 * 3. each large file with a hit is rewritten without those, the small ones together with those of their partition.
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
    await merge.rewrite(removes, adds, keys);
    const metrics = await merge.metrics();
    // The files go to the disk meanwhile.
    await allEnded([engine.closeDatabase(), merge.published()]);
    return { adds, removes, metrics };
  } catch (error) {
    await merge.published().catch(() => undefined);
    await deleteFiles(table, adds);
    throw error;
  }
}

class MergeRun {
  readonly #engine: Engine;
  readonly #shape: TableShape;
  readonly #input: MergeInput;
  readonly #target: CopyTarget;
  #source: SourceTable = { fields: [], sparse: new Set() };
  #replaces = false;
  #template = '';
  #written = 0;
  readonly #publishing: Promise<void>[] = [];

  constructor(engine: Engine, table: TableLocation, shape: TableShape, input: MergeInput) {
    this.#engine = engine;
    this.#shape = shape;
    this.#input = input;
    this.#target = { engine, table, shape, files: new LocalFiles(table, engine.folder) };
  }

  async open(source: MergeSource): Promise<void> {
    this.#source = await insertSource(this.#engine, this.#input, source);
    this.#replaces = replacesRows(this.#source, this.#shape.schema);
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
        const parts = await this.#parts(bin, values);
        await this.#engine.runEach(
          parts.map((part) => {
            const old = rowsOf(part, this.#template, this.#shape, keys, ['filename']);
            return (
              `INSERT INTO hits SELECT s.id, t.filename, count(*) FROM (${old}) t JOIN source s ` +
              `ON ${matches(this.#source, this.#input.keyColumns)} GROUP BY ALL`
            );
          }),
        );
        const found = await this.#engine.rows('SELECT DISTINCT file FROM hits');
        const named = new Set(found.map(({ file }) => textIn(file)));
        const [held, free] = [[] as AddFile[], [] as AddFile[]];
        for (const file of bin) (named.has(await local.fetch(file)) ? held : free).push(file);
        for (const file of free) await local.release(file);
        await local.trim(held);
        hit.push(...held);
      }
    }
    return hit;
  }

  async collectRest(removes: readonly AddFile[]): Promise<void> {
    const { schema } = this.#shape;
    const columns = schema.fields.map(({ name, type }) => `${sqlName(name)} ${sqlType(type)}`);
    await this.#engine.run(`CREATE TABLE rest (${columns.join(', ')})`);
    const fresh = columnList(schema, (column) => insertedColumn(column, this.#source));
    if (this.#replaces) {
      const written = `s.op <> ${OPERATIONS.delete}`;
      await this.#engine.run(`INSERT INTO rest SELECT ${fresh} FROM source s WHERE ${written}`);
      // A key that the table has more than once is updated as often.
      await this.#engine.run(
        `INSERT INTO rest SELECT ${fresh} FROM source s JOIN ` +
          '(SELECT id, unnest(range(sum(rows)::BIGINT - 1)) FROM hits GROUP BY id HAVING sum(rows) > 1) h ' +
          `ON s.id = h.id WHERE ${written}`,
      );
      return;
    }
    await this.#engine.run(
      `INSERT INTO rest SELECT ${fresh} FROM source s ` +
        `WHERE s.op <> ${OPERATIONS.delete} AND s.id NOT IN (SELECT id FROM hits)`,
    );
    const moved = columnList(schema, (column) => mergedColumn(column, this.#source));
    for (const { files, values } of filesByPartition(removes)) {
      await this.#engine.run(
        `INSERT INTO rest SELECT ${moved} FROM (${await this.#whole(files, values)}) t JOIN source s ` +
          `ON ${matches(this.#source, this.#input.keyColumns)} WHERE s.op <> ${OPERATIONS.delete}`,
      );
      await this.#target.files.trim(files);
    }
  }

  /** The rows of each partition that stay as they are, and those that come to it. */
  async rewrite(removes: readonly AddFile[], adds: AddFile[], keys: KeySet): Promise<void> {
    await this.#engine.keepMemory();
    const { partitionColumns, schema } = this.#shape;
    const { cache } = this.#input;
    const waiting = new Map((await this.#restPartitions()).map((values) => [JSON.stringify(values), values]));
    const inFile = dataSchema(schema, partitionColumns);
    const rest = (values: PartitionValues): string => {
      const here = partitionFields(schema, partitionColumns).map(
        (column) => `${sqlName(column.name)} IS NOT DISTINCT FROM ${partitionConstant(column, values)}`,
      );
      return `SELECT ${castColumns(inFile)} FROM rest WHERE ${['true', ...here].join(' AND ')}`;
    };
    const write = async (query: string, values: PartitionValues, held: KeySet | null, lane = 0): Promise<void> => {
      const copied = await startCopy(this.#target, { query, partitionValues: values, dataChange: true, lane });
      if (!copied) return;
      adds.push(copied.add);
      this.#publishing.push(copied.published);
      this.#written += copied.rows;
      // More keys than it holds would be no harm, and fewer never are: those of `rest` are among the source's.
      if (held) cache.set(copied.add.path, held);
    };
    for (const { files, values } of filesByPartition(removes)) {
      const key = JSON.stringify(this.#ordered(values));
      const { large, small } = apartOf(files);
      for (const bin of [...large.map((file) => [file]), ...binsOf(small, BIN_BYTES)]) {
        const queries = (await this.#parts(bin, values)).map((part) => this.#kept(part, inFile));
        const kept = cache.union(bin.map(({ path }) => path))?.without(keys) ?? null;
        const joined = bin.length === small.length && bin[0] === small[0] && waiting.delete(key);
        if (joined) queries.unshift(`${queries.shift()} UNION ALL ${rest(values)}`);
        const held = joined ? kept && KeySet.union([kept, keys]) : kept;
        await allEnded(queries.map((query, lane) => write(query, values, held, lane)));
        // One bin's files at most are on their way: those for a remote lake lie on the local disk until then.
        await this.published(this.#engine.lanes);
        for (const file of bin) await this.#target.files.release(file);
      }
    }
    for (const values of waiting.values()) await write(rest(values), values, keys);
  }

  /** The rows of files that are rewritten as they are: all others are in `rest`. */
  #kept(files: FileRows, inFile: DeltaSchema): string {
    const old = rowsOf(files, this.#template, this.#shape);
    const on = matches(this.#source, this.#input.keyColumns);
    return `SELECT ${castColumns(inFile, 't')} FROM (${old}) t ANTI JOIN source s ON ${on}`;
  }

  /** When all files but the newest ones are in the lake. */
  async published(newest = 0): Promise<void> {
    await allEnded(this.#publishing.splice(0, Math.max(0, this.#publishing.length - newest)));
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

  /** Each of these for a lane of the engine. */
  async #parts(files: readonly AddFile[], partitionValues: PartitionValues): Promise<FileRows[]> {
    const fetched: { path: string; size: number }[] = [];
    for (const file of files) fetched.push({ path: await this.#target.files.fetch(file), size: file.size });
    return partsOf(this.#engine, this.#shape.schema, fetched, partitionValues);
  }

  async #whole(files: readonly AddFile[], partitionValues: PartitionValues): Promise<string> {
    const paths: string[] = [];
    for (const file of files) paths.push(await this.#target.files.fetch(file));
    return rowsOf({ paths, partitionValues }, this.#template, this.#shape);
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
