import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, stat, symlink } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AddFile } from '../actions.ts';
import { dataPath, missingFile } from '../data-file.ts';
import type { TableLocation } from '../log.ts';

const PIECE_BYTES = 8 * 1024 * 1024;
/** Copies of remote files that are kept for a later step; what one step needs at a time comes on top. */
const COPIED_BYTES = 256 * 1024 * 1024;

/**
 * The files of a table as DuckDB sees them: names of its own folder, free of what DuckDB takes for patterns. Files of a
 * local lake are linked there, those of a remote one copied, piece by piece.
 */
export class LocalFiles {
  readonly #table: TableLocation;
  readonly #folder: string;
  readonly #names = new Map<string, { readonly local: string; readonly copiedBytes: number }>();
  #copiedBytes = 0;

  constructor(table: TableLocation, folder: string) {
    this.#table = table;
    this.#folder = folder;
  }

  /** A local path with the content of the file. @throws TABLE_INVALID when it is not there */
  async fetch(file: AddFile): Promise<string> {
    const known = this.#names.get(file.path);
    if (known !== undefined) return known.local;
    const local = this.newName();
    let copiedBytes = 0;
    const path = dataPath(this.#table, file);
    const { lake } = this.#table;
    if (isAbsolute(lake.uri)) {
      const target = join(lake.uri, path);
      if (!(await isThere(target))) throw missingFile(this.#table, file);
      await symlink(target, local);
    } else {
      const found = await lake.stat(path);
      if (!found) throw missingFile(this.#table, file);
      const read = lake.readRange.bind(lake);
      await pipeline(Readable.from(pieces(read, path, found.size)), createWriteStream(local));
      copiedBytes = found.size;
    }
    this.#names.set(file.path, { local, copiedBytes });
    this.#copiedBytes += copiedBytes;
    return local;
  }

  /** Gives the space of a fetched file back. */
  async release(file: AddFile): Promise<void> {
    const known = this.#names.get(file.path);
    if (!known) return;
    this.#names.delete(file.path);
    this.#copiedBytes -= known.copiedBytes;
    await rm(known.local, { force: true });
  }

  /** How many bytes of files to fetch for one step: a link costs nothing, a copy does. */
  get binBytes(): number {
    return isAbsolute(this.#table.lake.uri) ? Infinity : COPIED_BYTES;
  }

  /** Gives copies of these back, as far as there are too many: the step that needs them again fetches them again. */
  async trim(files: readonly AddFile[]): Promise<void> {
    for (const file of files) if (this.#copiedBytes > COPIED_BYTES) await this.release(file);
  }

  newName(): string {
    return join(this.#folder, `${randomUUID()}.parquet`);
  }

  /**
   * Where DuckDB writes a file that is to be published. In a local lake that is the table's own folder, so that
   * publishing is a rename; the name is one that readers pass over, and that the store's clean-up knows.
   */
  newOutput(): string {
    const { lake, path } = this.#table;
    return isAbsolute(lake.uri) ? join(lake.uri, path, `.part-${randomUUID()}.parquet.tmp`) : this.newName();
  }

  /** Takes a file that DuckDB wrote into the lake. It is durable then. */
  async publish(local: string, path: string): Promise<void> {
    await this.#table.lake.putFile(local, path, { consume: true });
  }

  /** Gives back what `newOutput` named, published or not. */
  async discard(local: string): Promise<void> {
    await rm(local, { force: true });
  }
}

async function* pieces(
  read: (path: string, start: number, end: number) => Promise<Buffer>,
  path: string,
  size: number,
): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; at += PIECE_BYTES) yield await read(path, at, Math.min(size, at + PIECE_BYTES));
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
