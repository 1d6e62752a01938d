import { StreamsError } from '../../core/errors.ts';
import type { Action, AddFile, DomainMetadata, Metadata, Protocol, RemoveFile, Txn } from './actions.ts';
import { type DeltaSchema, parseSchema } from './schema.ts';

/** The state of a table at one version: what replaying its log up to there gives (PROTOCOL.md, Action Reconciliation). */
export class Snapshot {
  /** -1 before the first commit. */
  #version = -1;
  #protocol: Protocol | null = null;
  #metadata: Metadata | null = null;
  #schema: DeltaSchema | null = null;
  readonly #files = new Map<string, AddFile>();
  readonly #tombstones = new Map<string, RemoveFile>();
  readonly #txns = new Map<string, Txn>();
  readonly #domains = new Map<string, DomainMetadata>();

  get version(): number {
    return this.#version;
  }
  get protocol(): Protocol {
    return this.#protocol ?? missing('protocol');
  }
  get metadata(): Metadata {
    return this.#metadata ?? missing('metaData');
  }
  /** Whether it has a protocol and a schema, as every state of a table does. */
  get hasShape(): boolean {
    return this.#protocol !== null && this.#metadata !== null;
  }
  get schema(): DeltaSchema {
    this.#schema ??= parseSchema(this.metadata.schemaString);
    return this.#schema;
  }
  /** The live files by path. */
  get files(): ReadonlyMap<string, AddFile> {
    return this.#files;
  }
  /** Removed files that vacuum must keep for readers of older versions. */
  get tombstones(): ReadonlyMap<string, RemoveFile> {
    return this.#tombstones;
  }
  get txns(): ReadonlyMap<string, Txn> {
    return this.#txns;
  }
  get domains(): ReadonlyMap<string, DomainMetadata> {
    return this.#domains;
  }

  /** The next commit, or a part of a checkpoint of that version. */
  apply(version: number, actions: Iterable<Action>): void {
    for (const action of actions) this.#applyOne(action);
    this.#version = version;
  }

  /** Forgets tombstones from before that time (ms since the epoch), as the next checkpoint does. */
  forgetTombstones(beforeMs: number): void {
    for (const [path, { deletionTimestamp }] of this.#tombstones) {
      if ((deletionTimestamp ?? 0) < beforeMs) this.#tombstones.delete(path);
    }
  }

  #applyOne({ add, remove, txn, metaData, protocol, domainMetadata }: Action): void {
    if (add) {
      this.#files.set(add.path, add);
      this.#tombstones.delete(add.path);
    } else if (remove) {
      this.#files.delete(remove.path);
      this.#tombstones.set(remove.path, remove);
    } else if (txn) {
      this.#txns.set(txn.appId, txn);
    } else if (metaData) {
      this.#metadata = metaData;
      this.#schema = null;
    } else if (protocol) {
      this.#protocol = protocol;
    } else if (domainMetadata) {
      this.#domains.set(domainMetadata.domain, domainMetadata);
    }
  }
}

function missing(action: string): never {
  throw new StreamsError('TABLE_INVALID', `the log has no ${action} action`);
}
