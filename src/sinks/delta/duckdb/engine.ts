import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, Json } from '@duckdb/node-api';
import { messageOf, StreamsError } from '../../../core/errors.ts';
import type { DeltaSchema } from '../schema.ts';
import type { Columns } from '../value.ts';
import { loadDuckDb } from './load-duckdb.ts';
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

/** A DuckDB database in memory, for one piece of work. Everything it took is given back by `close`. */
export class Engine {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  /** A folder of its own on the local disk. */
  readonly folder: string;
  readonly threads: number;

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    { folder, threads }: { readonly folder: string; readonly threads: number },
  ) {
    this.#instance = instance;
    this.#connection = connection;
    this.folder = folder;
    this.threads = threads;
  }

  /** null where DuckDB is not installed. */
  static async open(options: EngineOptions): Promise<Engine | null> {
    const api = await loadDuckDb();
    if (!api) return null;
    const { memoryLimitBytes = 192 * 1024 * 1024, threads: most = 2, tempFolder = tmpdir() } = options;
    const threads = Math.max(1, Math.min(most, Math.floor(memoryLimitBytes / THREAD_BYTES)));
    const folder = join(tempFolder, `topology-delta-${randomUUID()}`);
    await mkdir(folder, { recursive: true });
    const instance = await api.DuckDBInstance.create(':memory:', {
      memory_limit: `${Math.ceil(memoryLimitBytes / 1024)}KiB`,
      threads: String(threads),
      temp_directory: join(folder, 'spilled'),
      // Offline, and the same everywhere: nothing is looked for on the network.
      autoinstall_known_extensions: 'false',
    });
    const connection = await instance.connect();
    const engine = new Engine(instance, connection, { folder, threads });
    // Times that carry no zone in a file must not become this machine's.
    await engine.run("SET TimeZone = 'UTC'");
    await engine.run('SET preserve_insertion_order = false');
    return engine;
  }

  /** @throws LAKE_UNAVAILABLE with DuckDB's own message */
  async run(sql: string): Promise<void> {
    await this.#try(() => this.#connection.run(sql));
  }

  /** The rows of a result that is small; whole numbers beyond 2^31 are texts. */
  async rows(sql: string): Promise<Record<string, Json>[]> {
    const result = await this.#try(() => this.#connection.runAndReadAll(sql));
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

  async close(): Promise<void> {
    this.#connection.closeSync();
    this.#instance.closeSync();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #try<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      throw new StreamsError('LAKE_UNAVAILABLE', `DuckDB: ${messageOf(error)}`, { cause: error });
    }
  }
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
