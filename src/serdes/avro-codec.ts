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

/** Records of a writer schema that is not here: several partitions may come to one at the same time. */
interface Unknown {
  /** How many wait for an answer of the registry. */
  waiting: number;
  /** How many have been told that there is none, and fail when they are decoded again. */
  refused: number;
}

/** Encodes and decodes framed values of one reader schema; knows the writer schemas it was told of. */
export class AvroCodec {
  readonly #type: AvroValueType;
  readonly #options: AvroTypeOptions;
  readonly #writers = new Map<number, Writer | StreamsError>();
  readonly #unknown = new Map<number, Unknown>();
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
    const writer = id === this.#lastId && this.#last !== null ? this.#last : this.#writer(id);
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
    this.#unknown.delete(id);
  }

  /**
   * The registry has no such schema: bytes that only look framed. One record that waited for it fails when it is decoded
   * again; records after it ask anew, since a registry may learn of a schema later than a consumer does.
   */
  missing(id: number): void {
    const unknown = this.#unknown.get(id);
    if (unknown === undefined || unknown.waiting === 0) return;
    unknown.waiting--;
    unknown.refused++;
  }

  /** What decoding a record of this id fails with. */
  #withoutWriter(id: number): Error {
    const unknown = this.#unknown.get(id) ?? { waiting: 0, refused: 0 };
    if (unknown.refused > 0) {
      unknown.refused--;
      if (unknown.refused + unknown.waiting === 0) this.#unknown.delete(id);
      return this.#badBytes(id, 'the schema registry has no schema of this id');
    }
    unknown.waiting++;
    this.#unknown.set(id, unknown);
    return new NeedsPreparation(`schema ${id} is not loaded yet`, id);
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

  #writer(id: number): Writer {
    const writer = this.#writers.get(id);
    if (writer === undefined) throw this.#withoutWriter(id);
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
