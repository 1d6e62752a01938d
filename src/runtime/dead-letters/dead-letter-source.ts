import { NeedsPreparation, type SchemaRegistry, type Serde } from '../../core/serde.ts';

/** What an application knows of the dead letters in one of its topics. */
export interface DeadLetterSource {
  readonly topic: string;
  /** Where a replay sends them. */
  readonly replayTopic: string;
  /** For looking only. @throws REGISTRY_UNAVAILABLE, CONFIG_INVALID where a registry is needed and there is none */
  openReader(registry: SchemaRegistry | null): Promise<DeadLetterReader>;
  /** For sending again. @throws as {@link openReader} */
  openReplay(registry: SchemaRegistry | null): Promise<(value: unknown) => ReplayedRecord>;
}

export interface DeadLetterReader {
  /** @throws when the bytes are not what the topic holds */
  decode(bytes: Buffer): Promise<unknown>;
  facts(value: unknown): DeadLetterFacts;
}

/** What a dead letter's value says about it; what it does not say is taken from the record's headers. */
export interface DeadLetterFacts {
  /** Names of the thing it is about, by kind: `{ event: 'evt-1', project: 'p-1' }`. */
  readonly ids?: Readonly<Record<string, string>>;
  /** A word for the kind of failure, such as `permanent`. */
  readonly reason?: string;
  readonly error?: string;
  readonly attempts?: number;
  /** ms since the epoch. */
  readonly failedAtMs?: number;
}

export interface ReplayedRecord {
  /** undefined: the dead letter's own key. */
  readonly key?: Buffer | null;
  readonly value: Buffer | null;
}

export interface DeadLetterSpec<V, T> {
  readonly topic: string;
  readonly value: Serde<V>;
  readonly facts: (value: V) => DeadLetterFacts;
  readonly replay: {
    readonly topic: string;
    readonly value: Serde<T>;
    /** The original record's value, with its count of tries back at zero. */
    readonly valueOf: (value: V) => T | null;
    /** Default: the dead letter's own key. */
    readonly keyOf?: (value: V) => Buffer | null;
  };
}

/** Declares a topic of dead letters, for `deadLetters` of an application. */
export function deadLetterSource<V, T>({ topic, value, facts, replay }: DeadLetterSpec<V, T>): DeadLetterSource {
  return {
    topic,
    replayTopic: replay.topic,
    openReader: async (registry) => {
      const serde = (await value.prepare?.({ topic, role: 'value', direction: 'read', registry })) ?? value;
      return { decode: (bytes) => decode(serde, topic, bytes), facts: (decoded) => facts(decoded as V) };
    },
    openReplay: async (registry) => {
      const use = { topic: replay.topic, role: 'value', direction: 'write', registry } as const;
      const serde = (await replay.value.prepare?.(use)) ?? replay.value;
      return (decoded) => {
        const again = replay.valueOf(decoded as V);
        return {
          value: again === null ? null : serde.serialize(replay.topic, again),
          ...(replay.keyOf === undefined ? {} : { key: replay.keyOf(decoded as V) }),
        };
      };
    },
  };
}

/** Decodes, loading what the serde does not know yet, such as the schema of an id. */
export async function decode<V>(serde: Serde<V>, topic: string, bytes: Buffer): Promise<V> {
  for (;;) {
    try {
      return serde.deserialize(topic, bytes);
    } catch (error) {
      if (!(error instanceof NeedsPreparation) || serde.recover === undefined) throw error;
      await serde.recover(error);
    }
  }
}
