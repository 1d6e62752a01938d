import { StreamsError } from '../core/errors.ts';
import type { NeedsPreparation, Serde } from '../core/serde.ts';
import { avro } from './avro.ts';
import type { AvroOptions } from './avro.ts';
import type { AvroSchema } from './avro-schema.ts';
import { jsonConverter } from './json-converter.ts';
import { JsonMisfit } from './json-misfit.ts';
import { parseJson } from './json.ts';

/**
 * For a source whose writers do not all use Avro: a record that begins with a byte 0 is Avro in Confluent's framing,
 * any other is JSON text, checked against the schema and brought to the same form ({@link jsonConverter}).
 * Writes Avro. Reads JSON without a registry too.
 *
 * @throws SCHEMA_INVALID
 */
export function jsonOrAvro<T>(schema: AvroSchema<T>, options: AvroOptions = {}): Serde<T> {
  const binary = avro(schema, options);
  const name = options.name ?? `jsonOrAvro(${binary.name.replace(/^avro\((.*)\)$/, '$1')})`;
  const convert = jsonConverter(schema, options.longs);

  const readJson = (bytes: Buffer): T => {
    try {
      return convert(parseJson(bytes)) as T;
    } catch (error) {
      if (!(error instanceof JsonMisfit)) throw error;
      throw new StreamsError('DESERIALIZATION', `${name}: ${error.message}`);
    }
  };
  const over = (inner: Serde<T>): Serde<T> => ({
    name,
    serialize: (topic, value, headers) => inner.serialize(topic, value, headers),
    deserialize: (topic, bytes, headers) =>
      bytes[0] === 0 ? inner.deserialize(topic, bytes, headers) : readJson(bytes),
    async prepare(use): Promise<Serde<T>> {
      if (use.registry === null && use.direction === 'read') return over(withoutRegistry(binary, name));
      return over((await binary.prepare?.(use)) ?? inner);
    },
    async recover(error: NeedsPreparation): Promise<void> {
      await inner.recover?.(error);
    },
  });
  return over(binary);
}

function withoutRegistry<T>(binary: Serde<T>, name: string): Serde<T> {
  return {
    ...binary,
    deserialize(): T {
      throw new StreamsError('DESERIALIZATION', `${name}: an Avro record, and no schema registry to read it with`);
    },
  };
}
