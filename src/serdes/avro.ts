import { StreamsError } from '../core/errors.ts';
import type { NeedsPreparation, SchemaRegistry, Serde, SerdeUse } from '../core/serde.ts';
import { AvroCodec } from './avro-codec.ts';
import type { AvroSchema } from './avro-schema.ts';
import { avroType, schemaName } from './avro-type.ts';
import type { AvroTypeOptions } from './avro-type.ts';

export interface AvroOptions extends AvroTypeOptions {
  /** In messages (default `avro(<full name of the schema>)`). */
  readonly name?: string;
  /** The registry's subject (default TopicNameStrategy: `<topic>-key` or `<topic>-value`). */
  readonly subject?: string | ((topic: string, role: 'key' | 'value') => string);
}

/**
 * Avro in Confluent's framing (a byte 0, the schema id in 4 bytes, the binary), with schemas in the application's
 * registry. Before its first record the writer schema is registered under the subject; records of other writer schemas
 * are resolved into this one, and each schema is asked for once. {@link avroType} says how values look in JS.
 *
 * @throws SCHEMA_INVALID
 */
export function avro<T>(schema: AvroSchema<T> | string, options: AvroOptions = {}): Serde<T> {
  const type = avroType(schema, options);
  const name = options.name ?? `avro(${schemaName(type)})`;
  const written = typeof schema === 'string' ? schema : JSON.stringify(schema);
  const unprepared = (): StreamsError =>
    new StreamsError('ILLEGAL_STATE', `${name}: await prepare() first; the serde it answers is the one to use`);
  return {
    name,
    serialize(): Buffer {
      throw unprepared();
    },
    deserialize(): T {
      throw unprepared();
    },
    async prepare(use): Promise<Serde<T>> {
      const { registry } = use;
      if (registry === null) {
        throw new StreamsError(
          'CONFIG_INVALID',
          `${name} on topic ${use.topic} needs a schema registry: set \`registry\` in the application's configuration`,
        );
      }
      const codec = new AvroCodec(type, options);
      if (use.direction === 'read') return prepared<T>({ name, codec, registry, id: null });
      const subject = subjectOf(use, options);
      const id = await registry.register(subject, written);
      codec.learn(id, written);
      if (use.direction === 'both') {
        // A store reads what earlier releases wrote, in the middle of a record, where nothing can be awaited.
        for (const version of await registry.versions(subject)) {
          if (version.id !== id) codec.learn(version.id, version.schema);
        }
      }
      return prepared<T>({ name, codec, registry, id });
    },
  };
}

interface Preparation {
  readonly name: string;
  readonly codec: AvroCodec;
  readonly registry: SchemaRegistry;
  /** null: prepared for reading only. */
  readonly id: number | null;
}

function prepared<T>({ name, codec, registry, id }: Preparation): Serde<T> {
  return {
    name,
    serialize(topic, value): Buffer {
      if (id === null) {
        throw new StreamsError('ILLEGAL_STATE', `${name}: prepared for reading, used for writing to ${topic}`);
      }
      return codec.encode(id, value);
    },
    deserialize(_topic, bytes): T {
      return codec.decode(bytes) as T;
    },
    async recover(error: NeedsPreparation): Promise<void> {
      const missing = Number(error.what);
      try {
        codec.learn(missing, await registry.schema(missing));
      } catch (failure) {
        // Then it is this record that is wrong, and its handler decides; a registry that is away is another matter.
        if (!(failure instanceof StreamsError) || failure.code !== 'SCHEMA_INVALID') throw failure;
        codec.missing(error);
      }
    },
  };
}

function subjectOf(use: SerdeUse, { subject }: AvroOptions): string {
  if (typeof subject === 'string') return subject;
  return subject?.(use.topic, use.role) ?? `${use.topic}-${use.role}`;
}
