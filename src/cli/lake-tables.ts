import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { TableStatus } from '../observe/status.ts';

/**
 * Row counts of the Delta tables in a local lake folder, for the progress display only: it adds up the row counts that
 * the writers left in the logs, reads each log entry once, and skips what it does not understand.
 */
export class LakeTables {
  readonly #lake: string;
  readonly #tables = new Map<string, TableLog>();

  constructor(dataDir: string) {
    this.#lake = join(dataDir, 'lake');
  }

  async read(): Promise<TableStatus[]> {
    const entries = await readdir(this.#lake, { withFileTypes: true }).catch(() => []);
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    const statuses = await Promise.all(names.sort().map((name) => this.#table(name)));
    return statuses.filter((status) => status !== null);
  }

  async #table(name: string): Promise<TableStatus | null> {
    const log = this.#tables.get(name) ?? new TableLog(join(this.#lake, name, '_delta_log'));
    this.#tables.set(name, log);
    await log.advance();
    return log.version < 0 ? null : { name, rows: log.rows, version: log.version };
  }
}

class TableLog {
  readonly #folder: string;
  readonly #rowsByFile = new Map<string, number>();
  version = -1;
  rows = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async advance(): Promise<void> {
    for (;;) {
      const name = `${String(this.version + 1).padStart(20, '0')}.json`;
      const text = await readFile(join(this.#folder, name), 'utf8').catch(() => null);
      if (text === null) return;
      this.version++;
      for (const line of text.split('\n')) if (line.trim() !== '') this.#apply(line);
    }
  }

  #apply(line: string): void {
    const action = JSON.parse(line) as {
      readonly add?: { readonly path: string; readonly stats?: string };
      readonly remove?: { readonly path: string };
    };
    if (action.remove) this.#set(action.remove.path, 0);
    if (action.add) {
      const stats = JSON.parse(action.add.stats ?? '{}') as { readonly numRecords?: number };
      this.#set(action.add.path, stats.numRecords ?? 0);
    }
  }

  #set(path: string, rows: number): void {
    this.rows += rows - (this.#rowsByFile.get(path) ?? 0);
    if (rows === 0) this.#rowsByFile.delete(path);
    else this.#rowsByFile.set(path, rows);
  }
}
