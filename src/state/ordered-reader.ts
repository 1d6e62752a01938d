import type { ByteCursor, ByteRange } from './backing.ts';

/** Reads ranges of databases on disk for synchronous callers. One serves all tasks of a stream thread. */
export interface OrderedReader {
  scan(location: string, range: ByteRange): ByteCursor;
  /** Lets go of a database, so that its owner can close it. */
  release(location: string): void;
  /** For good. Call when all databases are released. */
  stop(): Promise<void>;
}
