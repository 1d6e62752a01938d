/**
 * The committed state of one task as plain bytes: what {@link TaskState} commits to and reads through. Two forms: LevelDB
 * (`level/`) and memory. Keys are in the order of their bytes.
 */
export interface Backing {
  /** Whether what is committed survives the process. */
  readonly durable: boolean;
  /** @throws STATE_CORRUPT */
  get(key: Buffer): Buffer | undefined;
  /** Reads in order, synchronously, what is committed now; later commits do not show. */
  scan(range: ByteRange): ByteCursor;
  batch(): BackingBatch;
  /** Whether there is no key in [from, to). */
  isEmpty(from: Buffer, to: Buffer): Promise<boolean>;
  /** Deletes at most `limit` keys of [from, to); answers whether any are left. */
  deleteRange(from: Buffer, to: Buffer, limit: number): Promise<boolean>;
  /** About how many bytes of files [from, to) takes; null: it is in memory. */
  sizeOf(from: Buffer, to: Buffer): Promise<number | null>;
  close(): Promise<void>;
}

export interface ByteRange {
  /** Inclusive. */
  readonly from: Buffer;
  /** Exclusive. */
  readonly to: Buffer;
  readonly reverse: boolean;
  /** Only keys that end so from byte `suffixAt` on, no more and no less. */
  readonly suffix: Buffer | null;
  readonly suffixAt: number;
}

/** Stands before the first entry until `next`; `key` and `value` are those of the entry it stands on. */
export interface ByteCursor {
  next(): boolean;
  readonly key: Buffer;
  readonly value: Buffer;
  close(): void;
}

/**
 * Takes effect as a whole in `write`, or not at all. The bytes given may be reused after each call. After a write that
 * failed (STATE_WRITE_FAILED: the disk is full) all later ones fail, until the backing is opened anew.
 */
export interface BackingBatch {
  put(key: Buffer, value: Buffer): void;
  delete(key: Buffer): void;
  write(): Promise<void>;
}
