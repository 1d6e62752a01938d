import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, StreamsError } from '../../core/errors.ts';
import type { LakeFile, LakeStore, PutFileOptions, WriteBytesOptions, WriteOptions } from './lake-store.ts';

/** Names of half-written files: readers of tables pass over a leading dot, and so does {@link LocalLake.list}. */
const TEMPORARY = /^\..*\.tmp$/;

/**
 * A folder of the local file system. What a call wrote is on the disk when it resolves (fsync of the file and of its
 * folder). `putIfAbsent` is a hard link onto the name: atomic among all processes of the machine; a file system without
 * hard links (blobfuse, Azure Files, some FUSE mounts) cannot do that and is refused with LAKE_UNAVAILABLE, not retriable.
 */
export function localLake(root: string): LakeStore {
  return new LocalLake(resolve(root));
}

const syncFile = promisify(fs.fsync);
const writeSome = promisify(fs.write);
/**
 * Up to here a write goes to the system's memory on the spot. Each call that goes by way of another thread takes longer
 * than what it does, and a small commit has twenty: only those that wait for the disk are worth it.
 */
const SPOT_BYTES = 1024 * 1024;

class LocalLake implements LakeStore {
  readonly uri: string;
  readonly #folders = new Set<string>();

  constructor(root: string) {
    this.uri = root;
  }

  async read(path: string): Promise<Buffer | null> {
    return this.#try('read', path, async (file) => {
      // Asked for the commit that is not there yet more often than for any other.
      return fs.existsSync(file) ? orNull(readFile(file)) : null;
    });
  }

  async readRange(path: string, start: number, end: number): Promise<Buffer> {
    return this.#try('read', path, async (file) => {
      const handle = await open(file, 'r');
      try {
        const bytes = Buffer.allocUnsafeSlow(end - start);
        for (let at = 0; at < bytes.length;) {
          const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
          if (bytesRead === 0) throw new Error(`the file ends before byte ${end}`);
          at += bytesRead;
        }
        return bytes;
      } finally {
        await handle.close();
      }
    });
  }

  async stat(path: string): Promise<LakeFile | null> {
    return this.#try('read', path, async (file) => {
      const found = await orNull(stat(file));
      return found?.isFile() ? { path, size: found.size, modifiedMs: found.mtimeMs } : null;
    });
  }

  async list(folder: string, from = ''): Promise<LakeFile[]> {
    return this.#try('list', folder, async (directory) => {
      const entries = (await orNull(readdir(directory, { withFileTypes: true }))) ?? [];
      const names = entries.filter((entry) => entry.isFile() && entry.name >= from && !TEMPORARY.test(entry.name));
      const found = await Promise.all(
        names.map(async ({ name }) => {
          const info = await orNull(stat(join(directory, name)));
          return info && { path: folder ? `${folder}/${name}` : name, size: info.size, modifiedMs: info.mtimeMs };
        }),
      );
      return found.filter((file) => file !== null).sort((a, b) => (a.path < b.path ? -1 : 1));
    });
  }

  async *walk(folder: string): AsyncGenerator<LakeFile> {
    yield* await this.list(folder);
    const folders = await this.#try('list', folder, async (directory) => {
      const entries = (await orNull(readdir(directory, { withFileTypes: true }))) ?? [];
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => (folder ? `${folder}/${name}` : name));
    });
    for (const inner of folders) yield* this.walk(inner);
  }

  async write(path: string, bytes: Uint8Array, options: WriteBytesOptions = {}): Promise<void> {
    if (options.unnamed) return this.#writeUnnamed(path, bytes);
    await this.#throughTemporary(path, (to) => writeAll(to, bytes), fs.renameSync);
  }

  async putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean> {
    try {
      await this.#throughTemporary(path, (to) => writeAll(to, bytes), linkOnto);
      return true;
    } catch (error) {
      if (error instanceof NameTaken) return false;
      throw error;
    }
  }

  async writeStream(path: string, source: AsyncIterable<Uint8Array>, options: WriteOptions = {}): Promise<number> {
    let size = 0;
    const copy = async (to: number): Promise<void> => {
      for await (const bytes of source) {
        await writeAll(to, bytes);
        size += bytes.length;
      }
    };
    try {
      await this.#throughTemporary(path, copy, options.overwrite === false ? linkOnto : fs.renameSync);
    } catch (error) {
      if (error instanceof NameTaken) throw new StreamsError('ILLEGAL_STATE', `${this.#file(path)} is there already`);
      throw error;
    }
    return size;
  }

  async putFile(localPath: string, path: string, options: PutFileOptions = {}): Promise<number> {
    const moved = options.consume && options.overwrite !== false ? await this.#adopt(localPath, path) : null;
    return moved ?? this.writeStream(path, chunksOf(localPath), options);
  }

  /** Moves a file to its name once it is on the disk; null when that is on another file system. */
  async #adopt(localPath: string, path: string): Promise<number | null> {
    return this.#try('write', path, async (file) => {
      const folder = dirname(file);
      if (!this.#folders.has(folder)) await this.#makeFolder(folder);
      const handle = await open(localPath, 'r+');
      let size: number;
      try {
        await handle.sync();
        ({ size } = await handle.stat());
      } finally {
        await handle.close();
      }
      try {
        await rename(localPath, file);
      } catch (error) {
        // Another file system, or a folder that is gone since: the long way round.
        if (['EXDEV', 'ENOENT'].includes(codeOf(error) ?? '')) return null;
        throw error;
      }
      await syncFolder(folder);
      return size;
    });
  }

  async delete(path: string): Promise<boolean> {
    return this.#try('delete', path, async (file) => (await orNull(unlink(file).then(() => true))) ?? false);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#try('rename', from, async (file) => {
      await this.#makeFolder(dirname(this.#file(to)));
      await rename(file, this.#file(to));
      await syncFolder(dirname(this.#file(to)));
    });
  }

  async cleanUp(folder: string, olderThanMs: number): Promise<number> {
    return this.#try('clean up', folder, async (directory) => {
      const entries = (await orNull(readdir(directory, { withFileTypes: true }))) ?? [];
      let deleted = 0;
      for (const entry of entries) {
        const { name } = entry;
        if (entry.isDirectory()) deleted += await this.cleanUp(folder ? `${folder}/${name}` : name, olderThanMs);
        if (!entry.isFile() || !TEMPORARY.test(name)) continue;
        const info = await orNull(stat(join(directory, name)));
        if (!info || Date.now() - info.mtimeMs < olderThanMs) continue;
        await rm(join(directory, name), { force: true });
        deleted++;
      }
      return deleted;
    });
  }

  /** Writes beside the name, then takes the name in one step. */
  async #throughTemporary(
    path: string,
    write: (file: number) => Promise<void>,
    take: (temporary: string, file: string) => void,
  ): Promise<void> {
    await this.#try('write', path, async (file) => {
      const folder = dirname(file);
      // A name of its own length, so that a long file name does not become too long.
      const temporary = join(folder, `.${basename(file).slice(0, 100)}.${randomUUID()}.tmp`);
      const made = await this.#create(temporary, folder);
      try {
        try {
          await write(made);
          await syncFile(made);
        } finally {
          fs.closeSync(made);
        }
        take(temporary, file);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      await syncFolder(folder);
    });
  }

  /** Under its own name at once, so that the file and its folder go to the disk at the same time. */
  async #writeUnnamed(path: string, bytes: Uint8Array): Promise<void> {
    await this.#try('write', path, async (file) => {
      const folder = dirname(file);
      const made = await this.#create(file, folder);
      try {
        await writeAll(made, bytes);
        // Both to their end, whatever becomes of the other: a descriptor that is closed under a running fsync may be another
        // file's by the time that it runs.
        for (const synced of await Promise.allSettled([syncFile(made), syncFolder(folder)])) {
          if (synced.status === 'rejected') throw synced.reason;
        }
      } catch (error) {
        await rm(file, { force: true });
        throw error;
      } finally {
        fs.closeSync(made);
      }
    });
  }

  async #create(file: string, folder: string): Promise<number> {
    if (!this.#folders.has(folder)) await this.#makeFolder(folder);
    try {
      return fs.openSync(file, 'wx');
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      // Somebody removed the folder since.
      await this.#makeFolder(folder);
      return fs.openSync(file, 'wx');
    }
  }

  async #makeFolder(folder: string): Promise<void> {
    const first = await mkdir(folder, { recursive: true });
    // A new folder lasts only once its parent is on the disk, up to the first parent that was there before.
    const shortest = first?.length ?? Infinity;
    for (let made = folder; made.length >= shortest; made = dirname(made)) await syncFolder(dirname(made));
    this.#folders.add(folder);
  }

  #file(path: string): string {
    const file = join(this.uri, path);
    if (file !== this.uri && !file.startsWith(this.uri === sep ? sep : this.uri + sep)) {
      throw new StreamsError('ILLEGAL_STATE', `${path} leads out of ${this.uri}`);
    }
    return file;
  }

  async #try<T>(verb: string, path: string, step: (file: string) => Promise<T>): Promise<T> {
    const file = this.#file(path);
    try {
      return await step(file);
    } catch (error) {
      if (error instanceof StreamsError || error instanceof NameTaken) throw error;
      const retriable = !LASTING.has(codeOf(error) ?? '');
      const options = { cause: error, retriable };
      throw new StreamsError('LAKE_UNAVAILABLE', `cannot ${verb} ${file}: ${messageOf(error)}`, options);
    }
  }
}

/** Errors that do not go away by waiting. */
const LASTING = new Set(['EACCES', 'EPERM', 'ENOTDIR', 'EISDIR', 'EROFS', 'ENAMETOOLONG', 'ENOENT', 'EEXIST']);

class NameTaken extends Error {}

function linkOnto(temporary: string, file: string): void {
  try {
    fs.linkSync(temporary, file);
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'EEXIST') throw new NameTaken(file);
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'].includes(code)) throw error;
    throw new StreamsError(
      'LAKE_UNAVAILABLE',
      `${dirname(file)} is on a file system without hard links (${code}), so two writers could overwrite each other’s ` +
        'commits there. Use a local disk, or the store of the service itself instead of a mount of it',
      { cause: error, retriable: false },
    );
  }
  // The name is taken: what is left of the temporary one is no reason to say otherwise.
  try {
    fs.unlinkSync(temporary);
  } catch {
    // The clean-up takes it one day.
  }
}

async function writeAll(file: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += bytes.length <= SPOT_BYTES ? fs.writeSync(file, bytes, at) : (await writeSome(file, bytes, at)).bytesWritten;
  }
}

/** Opened when it is read, not before: a stream that fails while nobody listens would end the process. */
async function* chunksOf(localPath: string): AsyncGenerator<Buffer> {
  yield* fs.createReadStream(localPath) as AsyncIterable<Buffer>;
}

async function syncFolder(folder: string): Promise<void> {
  const opened = fs.openSync(folder, 'r');
  try {
    await syncFile(opened);
  } finally {
    fs.closeSync(opened);
  }
}

async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
