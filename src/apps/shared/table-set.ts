import type { AvroSchema } from '../../serdes/avro-schema.ts';
import { deltaSchemaFromAvro } from '../../sinks/delta/avro-schema.ts';
import type { NamedTableOptions } from '../../sinks/delta/options.ts';

/** A Delta table, with what makes a row of it the same. */
export interface TableSpec {
  readonly schema: AvroSchema<object>;
  readonly mergeKeys: readonly string[];
  readonly partitionBy?: readonly string[];
  /** Columns that a row may lack at first, though its Avro record may not. */
  readonly filledLater?: readonly string[];
}

/**
 * The Delta tables of an application, each in a folder of its name. All are merged by key, those of events too: the
 * delivery to a sink's topic is at least once, so an append would write a record twice that was sent twice.
 */
export interface TableSet<T extends string = string> {
  readonly names: readonly T[];
  /** A table for a sink, in the folder of the tables. */
  options(folder: string, name: T): NamedTableOptions;
  path(folder: string, name: T): string;
  mergeKeys(name: T): readonly string[];
}

export function tableSet<T extends string>(specs: Readonly<Record<T, TableSpec>>): TableSet<T> {
  const path = (folder: string, name: T): string => `${folder.replace(/\/+$/, '')}/${name}`;
  return {
    names: Object.keys(specs) as T[],
    path,
    mergeKeys: (name) => specs[name].mergeKeys,
    options: (folder, name) => {
      const { schema, mergeKeys, partitionBy, filledLater = [] } = specs[name];
      const { type, fields } = deltaSchemaFromAvro(schema);
      const nullable = fields.map((field) => (filledLater.includes(field.name) ? { ...field, nullable: true } : field));
      return {
        path: path(folder, name),
        schema: { type, fields: nullable },
        mode: 'merge',
        mergeKeys,
        ...(partitionBy === undefined ? {} : { partitionBy }),
      };
    },
  };
}
