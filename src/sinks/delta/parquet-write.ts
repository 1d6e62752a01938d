import { setImmediate } from 'node:timers/promises';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { parquetCompressors } from './parquet-codecs.ts';
import { parquetSchemaOf } from './parquet-schema.ts';
import type { DeltaSchema, DeltaType } from './schema.ts';
import { columnOf, type Columns } from './value.ts';

/** Rows that are encoded in one go, without a pause for other work of the process; also the size of a row group. */
export const GROUP_ROWS = 20_000;

/** A Parquet file of these columns, snappy. A column of the schema that the batch lacks is written as nulls. */
export async function writeParquet(schema: DeltaSchema, columns: Columns): Promise<Uint8Array> {
  // The bounds of a single row group are those of the file, which the log has: readers skip files by these.
  const file = new ParquetFileWriter(schema, { statistics: columns.length > GROUP_ROWS });
  for (let from = 0; from < columns.length; from += GROUP_ROWS) {
    if (from > 0) await setImmediate();
    await file.addGroup(columns, from, Math.min(columns.length, from + GROUP_ROWS));
  }
  return file.finish();
}

/** Writes a file row group by row group; what is kept in memory is the encoded form. */
export class ParquetFileWriter {
  readonly #schema: DeltaSchema;
  readonly #bytes = new ByteWriter(64 * 1024);
  readonly #writer: ParquetWriter;

  /** @param options whether each row group says its bounds (default true) */
  constructor(schema: DeltaSchema, { statistics = true }: { readonly statistics?: boolean } = {}) {
    this.#schema = schema;
    const createdBy = 'topology-streams';
    const compressors = parquetCompressors();
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: parquetSchemaOf(schema),
      createdBy,
      statistics,
      compressors,
    });
  }

  /** The rows [from, to) of the batch. */
  async addGroup(columns: Columns, from: number, to: number): Promise<void> {
    const all = from === 0 && to === columns.length;
    const columnData = this.#schema.fields.map(({ name, type }) => {
      const values = columnOf(columns, name);
      const encoding = encodingOf(type);
      return { name, data: (all ? values : values.slice(from, to)) as unknown[], ...(encoding ? { encoding } : {}) };
    });
    await this.#writer.write({ columnData, rowGroupSize: to - from });
  }

  async finish(): Promise<Uint8Array> {
    await this.#writer.finish();
    return this.#bytes.getBytes();
  }
}

/** Delta-packed integers are half as large as plain ones and faster to write; nested columns keep the library's choice. */
function encodingOf(type: DeltaType): 'DELTA_BINARY_PACKED' | null {
  return type === 'long' || type === 'timestamp' || type === 'timestamp_ntz' ? 'DELTA_BINARY_PACKED' : null;
}
