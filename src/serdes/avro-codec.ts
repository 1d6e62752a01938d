import { StreamsError, messageOf } from '../core/errors.ts';
import { NeedsPreparation } from '../core/serde.ts';
import { describeBadBytes, describeMisfit } from './avro-misfit.ts';
import { avroType, sameValues, schemaName } from './avro-type.ts';
import type { AvroTypeOptions, AvroValueType } from './avro-type.ts';

/** Confluent's framing: a byte 0, the writer schema's id in 4 bytes, the Avro binary. */
export const FRAME_BYTES = 5;

/** A buffer for encoding that grew beyond this is not kept. */
const KEPT_BYTES = 1 << 20;

type Resolver = ReturnType<AvroValueType['createResolver']>;

interface Writer {
  readonly type: AvroValueType;
  /** null where writer and reader are the same: the plain read is faster. */
  readonly resolver: Resolver | null;
}

/** Encodes and decodes framed values of one reader schema; knows the writer schemas it was told of. */
export class AvroCodec {
  readonly #type: AvroValueType;
  readonly #options: AvroTypeOptions;
  readonly #writers = new Map<number, Writer | StreamsError>();
  /** What was asked for each record whose writer schema is not here: by the bytes, which are read again after the answer. */
  readonly #asked = new WeakMap<NeedsPreparation, Buffer>();
  /**
   * Records that the registry has no schema for, by where their bytes are (and how many readers were told so): they fail
   * when they are decoded again. By record and not by id, since others of the same id come in between.
   */
  readonly #refused = new WeakMap<ArrayBufferLike, Map<number, number>>();
  #lastId = -1;
  #last: Writer | null = null;
  #scratch: Buffer = Buffer.allocUnsafe(1024);

  constructor(type: AvroValueType, options: AvroTypeOptions) {
    this.#type = type;
    this.#options = options;
  }

  /** @throws SERIALIZATION naming the fields that do not fit */
  encode(id: number, value: unknown): Buffer {
    let scratch: Buffer = this.#scratch;
    let end: number;
    try {
      end = this.#type.encode(value, scratch, FRAME_BYTES);
      if (end < 0) {
        scratch = this.#grow(scratch.length - end);
        end = this.#type.encode(value, scratch, FRAME_BYTES);
      }
    } catch (error) {
      const why = `${schemaName(this.#type)}: ${describeMisfit(this.#type, value)}`;
      throw new StreamsError('SERIALIZATION', why, { cause: withoutValue(error) });
    }
    const bytes = Buffer.allocUnsafe(end);
    bytes[0] = 0;
    bytes.writeUInt32BE(id, 1);
    scratch.copy(bytes, FRAME_BYTES, FRAME_BYTES, end);
    return bytes;
  }

  /**
   * @throws NeedsPreparation (its `what` is the id) when the writer schema is not here yet
   * @throws DESERIALIZATION
   */
  decode(bytes: Buffer): unknown {
    const id = frameId(bytes, this.#type);
    const writer = id === this.#lastId && this.#last !== null ? this.#last : this.#writer(id, bytes);
    let decoded: { readonly value: unknown; readonly offset: number };
    try {
      decoded =
        writer.resolver === null
          ? writer.type.decode(bytes, FRAME_BYTES)
          : this.#type.decode(bytes, FRAME_BYTES, writer.resolver);
    } catch (error) {
      throw this.#badBytes(id, describeBadBytes(writer.type, bytes, FRAME_BYTES), error);
    }
    if (decoded.offset === bytes.length) return decoded.value;
    throw this.#badBytes(
      id,
      decoded.offset < 0
        ? describeBadBytes(writer.type, bytes, FRAME_BYTES)
        : `${bytes.length - decoded.offset} bytes are left after the value`,
    );
  }

  /** Makes a writer schema known. One that cannot be read into this schema is remembered as such: its records fail. */
  learn(id: number, schema: string): void {
    this.#writers.set(id, this.#resolve(id, schema));
  }

  /**
   * The registry has no such schema: bytes that only look framed. The record that asked fails when it is decoded again;
   * others ask anew, since a registry may learn of a schema later than a consumer does.
   */
  missing(error: NeedsPreparation): void {
    const bytes = this.#asked.get(error);
    if (bytes === undefined) return;
    const places = this.#refused.get(bytes.buffer) ?? new Map<number, number>();
    this.#refused.set(bytes.buffer, places);
    places.set(bytes.byteOffset, (places.get(bytes.byteOffset) ?? 0) + 1);
  }

  /** What decoding a record of this id fails with. */
  #withoutWriter(id: number, bytes: Buffer): Error {
    const places = this.#refused.get(bytes.buffer);
    const told = places?.get(bytes.byteOffset);
    if (places !== undefined && told !== undefined) {
      if (told > 1) places.set(bytes.byteOffset, told - 1);
      else places.delete(bytes.byteOffset);
      return this.#badBytes(id, 'the schema registry has no schema of this id');
    }
    const error = new NeedsPreparation(`schema ${id} is not loaded yet`, id);
    this.#asked.set(error, bytes);
    return error;
  }

  #resolve(id: number, schema: string): Writer | StreamsError {
    try {
      const type = avroType(schema, this.#options);
      if (sameValues(type, this.#type)) return { type: this.#type, resolver: null };
      // Records match by unqualified name (Avro specification, Schema Resolution).
      return { type, resolver: this.#type.createResolver(type, { ignoreNamespaces: true }) };
    } catch (error) {
      const why = `schema ${id} cannot be read as ${schemaName(this.#type)}: ${messageOf(error)}`;
      return new StreamsError('DESERIALIZATION', why, { cause: error });
    }
  }

  #writer(id: number, bytes: Buffer): Writer {
    const writer = this.#writers.get(id);
    if (writer === undefined) throw this.#withoutWriter(id, bytes);
    if (writer instanceof StreamsError) throw new StreamsError(writer.code, writer.message, { cause: writer.cause });
    this.#lastId = id;
    this.#last = writer;
    return writer;
  }

  #grow(needed: number): Buffer {
    const larger = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(needed)));
    if (larger.length <= KEPT_BYTES) this.#scratch = larger;
    return larger;
  }

  #badBytes(id: number, why: string, cause?: unknown): StreamsError {
    const text = `${schemaName(this.#type)} (schema ${id}): ${why}`;
    return new StreamsError('DESERIALIZATION', text, cause === undefined ? {} : { cause: withoutValue(cause) });
  }
}

/** The schema id of framed bytes. @throws DESERIALIZATION when they are not framed */
function frameId(bytes: Buffer, type: AvroValueType): number {
  if (bytes.length < FRAME_BYTES || bytes[0] !== 0) {
    const got = bytes.length < FRAME_BYTES ? `${bytes.length} bytes` : `a first byte ${bytes[0]}`;
    throw new StreamsError(
      'DESERIALIZATION',
      `${schemaName(type)}: expected a byte 0 and a schema id (Confluent's framing), got ${got}`,
    );
  }
  return bytes.readUInt32BE(1);
}

/** avsc's own messages quote the value; the kind of error is kept, the text is not. */
function withoutValue(error: unknown): Error {
  return new Error(error instanceof Error ? error.name : typeof error);
}
