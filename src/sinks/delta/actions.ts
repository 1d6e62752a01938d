/**
 * The actions of a table's log (PROTOCOL.md, Actions). Fields that are not named here are kept where an action is copied
 * whole (metaData, protocol, domainMetadata).
 */
export interface Protocol {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly readerFeatures?: readonly string[] | null;
  readonly writerFeatures?: readonly string[] | null;
}

export interface Metadata {
  readonly id: string;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly format: { readonly provider: string; readonly options: Readonly<Record<string, string>> };
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  readonly createdTime?: number | null;
}

export type PartitionValues = Readonly<Record<string, string | null>>;

export interface AddFile {
  /** Relative to the table and URI-encoded. */
  readonly path: string;
  readonly partitionValues: PartitionValues;
  /** Bytes. */
  readonly size: number;
  /** Ms since the epoch. */
  readonly modificationTime: number;
  readonly dataChange: boolean;
  /** JSON: see stats.ts. */
  readonly stats?: string | null;
  readonly tags?: Readonly<Record<string, string | null>> | null;
  readonly deletionVector?: unknown;
}

export interface RemoveFile {
  readonly path: string;
  readonly deletionTimestamp?: number | null;
  readonly dataChange: boolean;
  readonly extendedFileMetadata?: boolean | null;
  readonly partitionValues?: PartitionValues | null;
  readonly size?: number | null;
  readonly deletionVector?: unknown;
}

/** How far an application has got: the newest of an appId counts. */
export interface Txn {
  readonly appId: string;
  readonly version: number;
  readonly lastUpdated?: number | null;
}

export interface DomainMetadata {
  readonly domain: string;
  readonly configuration: string;
  readonly removed: boolean;
}

export interface CommitInfo {
  /** Ms since the epoch. */
  readonly timestamp?: number;
  readonly operation?: string;
  readonly operationParameters?: Readonly<Record<string, unknown>>;
  readonly operationMetrics?: Readonly<Record<string, unknown>>;
  readonly isBlindAppend?: boolean;
  readonly engineInfo?: string;
  /** Unique to the commit: tells a commit of ours whose answer was lost from another writer's. */
  readonly txnId?: string;
}

/** A part of a V2 checkpoint: a Parquet file of adds and removes in `_delta_log/_sidecars`. */
export interface Sidecar {
  /** A name, or an absolute path. */
  readonly path: string;
}

/** One line of a commit: exactly one of these is set. A kind that this library does not know sets none. */
export interface Action {
  readonly commitInfo?: CommitInfo;
  readonly protocol?: Protocol;
  readonly metaData?: Metadata;
  readonly add?: AddFile;
  readonly remove?: RemoveFile;
  readonly txn?: Txn;
  readonly domainMetadata?: DomainMetadata;
  /** Only in V2 checkpoints. */
  readonly sidecar?: Sidecar;
}
