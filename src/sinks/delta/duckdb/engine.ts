import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, Json } from '@duckdb/node-api';
import { messageOf, StreamsError } from '../../../core/errors.ts';
import type { DeltaSchema } from '../schema.ts';
import type { Columns } from '../value.ts';
import { type DuckDb, loadDuckDb } from './load-duckdb.ts';
import { RowFile } from './row-file.ts';
import { sqlName, sqlText, sqlType } from './sql.ts';

/** What merges, compaction and large writes of a table may take, each while it runs. */
export interface EngineOptions {
  /** Memory of DuckDB; what does not fit goes to `tempFolder` (default 192 MiB). */
  readonly memoryLimitBytes?: number;
  /** Threads of DuckDB (default 2); fewer where there is not 64 MiB of memory for each. */
  readonly threads?: number;
  /** A folder of the local disk for what does not fit into memory, and for copies of remote files (default: the system's). */
  readonly tempFolder?: string;
  /** A merge that has to look at less than this is made without DuckDB (default 4 MiB of files). */
  readonly minBytes?: number;
}

/** A thread that reads JSON takes 32 MiB for the text alone, however short it is. */
const THREAD_BYTES = 64 * 1024 * 1024;
/** DuckDB gives back to the system what it frees, once it is this much: here, seldom. */
const KEPT = '512MB';

interface Database {
  readonly instance: DuckDBInstance;
  /** One for each lane. */
  readonly connections: readonly DuckDBConnection[];
}

/**
 * A DuckDB database in memory, for one piece of work. Everything it took is given back by `close`.
 *
 * Its threads either work on one statement together, or each on one of its own, in lanes. The first is for what DuckDB
 * divides well; it does not divide a row group, and runs the parts of a UNION ALL one after the other, while the other
 * threads wait in a loop that takes as much of a processor as the work.
 */
export class Engine {
  /** Opened by another thread while the caller prepares what it is for; the first statement waits for it. */
  readonly #database: Promise<Database>;
  #closed = false;
  /** A folder of its own on the local disk. */
  readonly folder: string;
  /** How many statements may run at the same time. */
  readonly lanes: number;

  private constructor(
    database: Promise<Database>,
    { folder, lanes }: { readonly folder: string; readonly lanes: number },
  ) {
    this.#database = database;
    // Whoever runs a statement is told.
    database.catch(() => undefined);
    this.folder = folder;
    this.lanes = lanes;
  }

  /** null where DuckDB is not installed. */
  static async open(options: EngineOptions, threaded: 'together' | 'lanes' = 'together'): Promise<Engine | null> {
    const api = await loadDuckDb();
    if (!api) return null;
    const { memoryLimitBytes = 192 * 1024 * 1024, threads: most = 2, tempFolder = tmpdir() } = options;
    const threads = Math.max(1, Math.min(most, Math.floor(memoryLimitBytes / THREAD_BYTES)));
    const folder = join(tempFolder, `topology-delta-${randomUUID()}`);
    await mkdir(folder, { recursive: true });
    const lanes = threaded === 'lanes' ? threads : 1;
    const database = openDatabase(api, lanes, {
      allocator_bulk_deallocation_flush_threshold: threaded === 'lanes' ? '1MB' : KEPT,
      memory_limit: `${Math.ceil(memoryLimitBytes / 1024)}KiB`,
      threads: String(threads / lanes),
      temp_directory: join(folder, 'spilled'),
      preserve_insertion_order: 'false',
      // Offline, and the same everywhere: nothing is looked for on the network.
      autoinstall_known_extensions: 'false',
    });
    return new Engine(database, { folder, lanes });
  }

  /** @throws LAKE_UNAVAILABLE with DuckDB's own message */
  async run(sql: string): Promise<void> {
    await this.#try((connection) => connection.run(sql));
  }

  /**
   * From here on what DuckDB frees is kept for what comes next. Until then an engine with lanes gives it back to the system at
   * once, so that the first, small steps leave nothing beside what the large one takes; that one would be slowed down by it.
   */
  async keepMemory(): Promise<void> {
    await this.run(`SET allocator_bulk_deallocation_flush_threshold = '${KEPT}'`);
  }

  /** One statement in each lane, not more than there are; all have ended when it resolves or rejects. */
  async runEach(statements: readonly string[]): Promise<void> {
    await allEnded(statements.map((sql, lane) => this.#try((connection) => connection.run(sql), lane)));
  }

  /** The rows of a result that is small; whole numbers beyond 2^31 are texts. */
  async rows(sql: string, lane = 0): Promise<Record<string, Json>[]> {
    const result = await this.#try((connection) => connection.runAndReadAll(sql), lane);
    return result.getRowObjectsJson();
  }

  /** Makes a table of these rows. */
  async insert(table: string, schema: DeltaSchema, columns: Columns): Promise<void> {
    const rows = new RowFile(this.folder, schema);
    try {
      await rows.add(columns);
      await this.run(`CREATE TABLE ${table} AS ${castTo(schema, await rows.query())}`);
    } finally {
      await rows.close();
    }
  }

  /** Gives the memory back; the folder stays. */
  async closeDatabase(): Promise<void> {
    const database = this.#closed ? null : await this.#database.catch(() => null);
    this.#closed = true;
    for (const connection of database?.connections ?? []) connection.closeSync();
    database?.instance.closeSync();
  }

  async close(): Promise<void> {
    await this.closeDatabase();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #try<T>(step: (connection: DuckDBConnection) => Promise<T>, lane = 0): Promise<T> {
    try {
      const connection = (await this.#database).connections[lane];
      if (!connection) throw new Error(`there is no lane ${lane}`);
      return await step(connection);
    } catch (error) {
      throw new StreamsError('LAKE_UNAVAILABLE', `DuckDB: ${messageOf(error)}`, { cause: error });
    }
  }
}

async function openDatabase(api: DuckDb, lanes: number, config: Record<string, string>): Promise<Database> {
  const instance = await api.DuckDBInstance.create(':memory:', config);
  const connections: DuckDBConnection[] = [];
  for (let lane = 0; lane < lanes; lane++) {
    const connection = await instance.connect();
    // Times that carry no zone in a file must not become this machine's.
    await connection.run("SET TimeZone = 'UTC'");
    connections.push(connection);
  }
  return { instance, connections };
}

/** The results when all have ended; then the first error, if there was one. */
export async function allEnded<T>(steps: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(steps);
  return Promise.all(steps);
}

/** Opens a table of the engine as the schema's columns with exactly their types. */
export function castColumns({ fields }: DeltaSchema, from = ''): string {
  const prefix = from === '' ? '' : `${from}.`;
  return fields
    .map(({ name, type }) => `CAST(${prefix}${sqlName(name)} AS ${sqlType(type)}) AS ${sqlName(name)}`)
    .join(', ');
}

/** A query whose columns are those of the schema, as the schema's columns with exactly their types. */
export function castTo(schema: DeltaSchema, query: string): string {
  return `SELECT ${castColumns(schema)} FROM (${query})`;
}

/** A constant of a type. */
export function sqlConstant(text: string | null, type: string): string {
  return `CAST(${text === null ? 'NULL' : sqlText(text)} AS ${type})`;
}
