import type { Headers } from './record.ts';

/**
 * Turns values into bytes and back. A serde is synchronous: it runs once for each record on the hot path.
 *
 * `null` and `undefined` never reach a serde: the runtime writes them as null bytes and reads null bytes as `null`.
 */
export interface Serde<T> {
  /** Names the type in messages and in type checks, such as `string`, `int64` or `avro(claimx.Event)`. */
  readonly name: string;
  /** @throws anything that says why the value does not fit; the runtime adds the record's coordinates. */
  serialize(topic: string, value: T, headers?: Headers): Buffer;
  /** @throws anything that says why the bytes do not fit. May keep a view of `bytes` (they are never reused). */
  deserialize(topic: string, bytes: Buffer, headers?: Headers): T;
  /**
   * How many of a key's bytes, from the first, choose its partition in a sink, where not all do: a windowed key goes where
   * its key goes, as with Kafka Streams' `WindowedStreamPartitioner`. Repartition topics take the whole.
   */
  partitionLength?(bytes: Buffer): number;
  /**
   * Called once for each use, before the first record, for work that needs I/O (registering a schema, for instance).
   * Answers the serde to use there; the original stays as it was and may be used elsewhere, under another registry too.
   */
  prepare?(use: SerdeUse): Promise<Serde<T>>;
  /** Called when {@link deserialize} threw a {@link NeedsPreparation}: loads what was missing. The record is then decoded again. */
  recover?(error: NeedsPreparation): Promise<void>;
}

/** Where a serde is about to be used. */
export interface SerdeUse {
  readonly topic: string;
  readonly role: 'key' | 'value';
  /** `read` needs no registration; stores do both. */
  readonly direction: 'read' | 'write' | 'both';
  /** null where the application has none: a serde that needs one rejects with CONFIG_INVALID and says how to set it. */
  readonly registry: SchemaRegistry | null;
}

/** The port to a schema registry: control plane only, never asked on the hot path. */
export interface SchemaRegistry {
  /** Registers the schema under the subject if it is not there yet. @throws SCHEMA_INCOMPATIBLE, REGISTRY_UNAVAILABLE */
  register(subject: string, schema: string): Promise<number>;
  /** The schema of an id. @throws SCHEMA_INVALID when the registry has none, REGISTRY_UNAVAILABLE */
  schema(id: number): Promise<string>;
  /** The newest schema of a subject, or null. */
  latest(subject: string): Promise<RegisteredSchema | null>;
  /** Every schema of a subject, oldest first; empty for a subject that has none. */
  versions(subject: string): Promise<readonly RegisteredSchema[]>;
  /** Whether the schema may be registered under the subject's compatibility rule. */
  compatible(subject: string, schema: string): Promise<boolean>;
}

export interface RegisteredSchema {
  readonly id: number;
  readonly version: number;
  readonly schema: string;
}

/** Thrown by a serde that needs I/O before it can decode, such as a schema id it has not met. */
export class NeedsPreparation extends Error {
  override readonly name = 'NeedsPreparation';
  readonly what: unknown;
  constructor(message: string, what: unknown) {
    super(message);
    this.what = what;
  }
}

/** A key of a windowed table: the key, and the window's bounds in ms since the epoch. */
export interface Windowed<K> {
  readonly key: K;
  readonly window: { readonly start: number; readonly end: number };
}
