/**
 * The port to the storage that tables and files live on: the local file system, ADLS Gen2, OneLake. Paths are relative
 * to the store's root, with `/` between names, and are taken literally (no percent-encoding).
 *
 * Every method rejects with LAKE_UNAVAILABLE (retriable) when the storage did not answer, unless it says more.
 */
export interface LakeStore {
  /** Where the root is, for messages and logs: a local path, or `abfss://…`. */
  readonly uri: string;
  /** The whole file, or null where there is none. */
  read(path: string): Promise<Buffer | null>;
  /** Bytes `[start, end)` of a file. @throws LAKE_UNAVAILABLE also when the file is not there or is shorter */
  readRange(path: string, start: number, end: number): Promise<Buffer>;
  /** null where there is no such file. */
  stat(path: string): Promise<LakeFile | null>;
  /** The files (not the folders) directly in a folder, by name, from the name `from` on; nothing where there is no folder. */
  list(folder: string, from?: string): Promise<LakeFile[]>;
  /** The files in a folder and in all folders below it, in no order; names of half-written files are passed over. */
  walk(folder: string): AsyncIterable<LakeFile>;
  /** Writes a whole file; readers see the old content or the new, never a part. Durable when it resolves. */
  write(path: string, bytes: Uint8Array, options?: WriteBytesOptions): Promise<void>;
  /**
   * As {@link write}, but only where nothing is there: answers false when the name is taken, whoever took it. The answer
   * may be lost on the way: false after this very call did write is possible on remote stores. The atomic step of a
   * table's commit.
   */
  putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean>;
  /** Streams a file of any size in bounded memory; readers see all of it or nothing. Answers its size in bytes. */
  writeStream(path: string, source: AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<number>;
  /** Streams a file of the local disk into the store. Answers its size in bytes. */
  putFile(localPath: string, path: string, options?: PutFileOptions): Promise<number>;
  /** Whether the file is gone because of this call; a file that was not there is no error. */
  delete(path: string): Promise<boolean>;
  /** Moves a file over whatever is at `to`. */
  rename(from: string, to: string): Promise<void>;
  /** Deletes what crashed writers left half-done in a folder and below it, if it is older than that. Answers how many files. */
  cleanUp(folder: string, olderThanMs: number): Promise<number>;
}

export interface WriteBytesOptions {
  /**
   * The name is new, and nobody is told of it before the call resolves: it may hold a part of the file until then
   * (default false). A crash may leave that part under the name, as it may leave the whole file.
   */
  readonly unnamed?: boolean;
}

export interface WriteOptions {
  /** Replace a file that is there (default true). With false such a file makes the call reject with ILLEGAL_STATE. */
  readonly overwrite?: boolean;
}

export interface PutFileOptions extends WriteOptions {
  /** The local file is of no more use: it may be moved, or stay where it is (default false: it stays as it is). */
  readonly consume?: boolean;
}

export interface LakeFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Ms since the epoch. */
  readonly modifiedMs: number;
}

/** `a/b` from parts that may be empty. */
export function joinPath(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/');
}
