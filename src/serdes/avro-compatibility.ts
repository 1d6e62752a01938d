import { StreamsError, messageOf } from '../core/errors.ts';
import { avroType } from './avro-type.ts';

/**
 * Why data written with one schema cannot be read with another, or null when all of it can (Avro specification, Schema
 * Resolution; records match by unqualified name).
 * @throws SCHEMA_INVALID when either is not a schema
 */
export function unreadable(schemas: { readonly writer: string; readonly reader: string }): string | null {
  const writer = avroType(schemas.writer);
  const reader = avroType(schemas.reader);
  try {
    reader.createResolver(writer, { ignoreNamespaces: true });
    return null;
  } catch (error) {
    if (error instanceof StreamsError) throw error;
    return messageOf(error);
  }
}
