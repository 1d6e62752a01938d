import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetScan } from 'hyparquet';
import { decimalFromBytes } from './decimal.ts';
import { parquetDecompressors } from './parquet-codecs.ts';
import type { DeltaSchema, DeltaType } from './schema.ts';
import { memberReader } from './member-reader.ts';
import { type Columns, repeated, type Value } from './value.ts';
import { decimalOf, isStruct } from './schema.ts';

/** A Parquet file that is read a few columns at a time. */
export interface ParquetFile {
  readonly rows: number;
  /** The columns of the schema, as {@link Value}s; nulls where the file has no such column. */
  read(schema: DeltaSchema): Promise<Columns>;
  /** The same, one row group after the other. */
  batches(schema: DeltaSchema): AsyncGenerator<Columns>;
}

/** Numbers stay what they are in the file, so that nothing is rounded. */
const PARSERS = {
  timestampFromMilliseconds: (ms: bigint) => ms * 1000n,
  timestampFromMicroseconds: (us: bigint) => us,
  timestampFromNanoseconds: (ns: bigint) => ns / 1000n,
  dateFromDays: (days: number) => days,
};

export async function openParquet(bytes: Uint8Array): Promise<ParquetFile> {
  const file = bufferOf(bytes);
  const metadata = plainTypes(await parquetMetadataAsync(file, { geoparquet: false }));
  return new OpenFile(file, metadata);
}

class OpenFile implements ParquetFile {
  readonly rows: number;
  readonly #file: AsyncBuffer;
  readonly #metadata: FileMetaData;
  readonly #present: ReadonlySet<string>;

  constructor(file: AsyncBuffer, metadata: FileMetaData) {
    this.rows = Number(metadata.num_rows);
    this.#file = file;
    this.#metadata = metadata;
    this.#present = new Set(childrenOf(metadata));
  }

  async read(schema: DeltaSchema): Promise<Columns> {
    const values = new Map(schema.fields.map(({ name }) => [name, [] as Value[]]));
    for await (const batch of this.batches(schema)) {
      for (const [name, column] of batch.values) {
        const whole = values.get(name);
        if (whole?.length === 0) values.set(name, column as Value[]);
        else for (const value of column) whole?.push(value);
      }
    }
    return { length: this.rows, values };
  }

  async *batches(schema: DeltaSchema): AsyncGenerator<Columns> {
    const present = schema.fields.filter(({ name }) => this.#present.has(name));
    const columns = present.map(({ name }) => name);
    const options = {
      file: this.#file,
      metadata: this.#metadata,
      columns,
      parsers: PARSERS,
      compressors: parquetDecompressors(),
      utf8: false,
    };
    const scan = await parquetScan(options);
    for (const range of scan.ranges) {
      const length = range.rowEnd - range.rowStart;
      const values = new Map<string, Value[]>();
      for (const { name, type } of schema.fields) {
        const data: ArrayLike<unknown> = this.#present.has(name)
          ? await scan.readColumn({ column: name, ...range })
          : repeated(null, length);
        values.set(name, convertAll(data, type));
      }
      yield { length, values };
    }
  }
}

function bufferOf(bytes: Uint8Array): AsyncBuffer {
  return {
    byteLength: bytes.byteLength,
    slice: (start, end) => {
      const part = bytes.subarray(start, end);
      return part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer;
    },
  };
}

/**
 * Takes the annotations away that the reader would act on with a loss: decimals would become doubles, and maps would
 * become objects with text keys.
 */
function plainTypes(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element) => {
    const { converted_type: _converted, logical_type: _logical, ...rest } = element;
    const annotation = element.converted_type ?? element.logical_type?.type;
    return annotation === 'DECIMAL' || annotation === 'MAP' || annotation === 'MAP_KEY_VALUE' ? rest : element;
  });
  return { ...metadata, schema };
}

function childrenOf({ schema }: FileMetaData): string[] {
  const names: string[] = [];
  for (let at = 1; at < schema.length; at = after(schema, at)) names.push(schema[at]?.name ?? '');
  return names;
}

/** The index after an element and all that is in it. */
function after(schema: FileMetaData['schema'], at: number): number {
  let next = at + 1;
  for (let i = 0; i < (schema[at]?.num_children ?? 0); i++) next = after(schema, next);
  return next;
}

function convertAll(data: ArrayLike<unknown>, type: DeltaType): Value[] {
  // Most columns are what they should be already.
  if (typeof type === 'string' && !decimalOf(type)) return (Array.isArray(data) ? data : Array.from(data)) as Value[];
  return Array.from(data, converterOf(type));
}

type Converter = (value: unknown) => Value;

function converterOf(type: DeltaType): Converter {
  if (decimalOf(type)) {
    return (value) => {
      if (value === null || value === undefined) return null;
      return value instanceof Uint8Array ? decimalFromBytes(value) : BigInt(value as number | bigint);
    };
  }
  if (typeof type === 'string') return (value) => (value ?? null) as Value;
  if (isStruct(type)) {
    const fields = type.fields.map(({ name, type: own }) => {
      return { name, read: memberReader(name), convert: converterOf(own) };
    });
    return orNull((value) => {
      const members = value as Readonly<Record<string, unknown>>;
      return Object.fromEntries(
        fields.map(({ name, read, convert }) => [name, convert(read ? read(members) : members[name])]),
      );
    });
  }
  if (type.type === 'array') {
    const element = converterOf(type.elementType);
    return orNull((value) => (value as unknown[]).map(element));
  }
  const key = converterOf(type.keyType);
  const item = converterOf(type.valueType);
  return orNull((value) => {
    // The one child of a map column is its repeated entries, whatever the writer called it.
    const [entries] = Object.values(value as Record<string, { key: unknown; value: unknown }[]>);
    return (entries ?? []).map((entry) => ({ key: key(entry.key), value: item(entry.value) }));
  });
}

function orNull(convert: Converter): Converter {
  return (value) => (value === null || value === undefined ? null : convert(value));
}
