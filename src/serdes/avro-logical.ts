import avsc from 'avsc';

interface DecimalSchema {
  readonly precision?: unknown;
  readonly scale?: unknown;
}

/**
 * Avro's `decimal` over `bytes` or `fixed`: two's complement, big-endian, times 10^-scale. A string in JS, so that no
 * digit is lost; it must have at most `scale` digits after the point and fit `precision`.
 */
export class Decimal extends avsc.types.LogicalType {
  readonly #precision: number;
  readonly #scale: number;
  readonly #size: number | null;

  constructor(schema: avsc.Schema, options?: unknown) {
    super(schema, options);
    const { precision, scale = 0 } = schema as DecimalSchema;
    if (!Number.isInteger(precision) || !Number.isInteger(scale) || Number(precision) < 1 || Number(scale) < 0) {
      throw new Error('a decimal needs a precision above 0 and a scale of 0 or more');
    }
    this.#precision = Number(precision);
    this.#scale = Number(scale);
    this.#size = this.underlyingType instanceof avsc.types.FixedType ? this.underlyingType.size : null;
  }

  protected override _fromValue(bytes: Buffer): string {
    return formatDecimal(readSigned(bytes), this.#scale);
  }

  protected override _toValue(value: unknown): Buffer | undefined {
    if (typeof value !== 'string') return undefined;
    const unscaled = parseDecimal(value, this.#scale);
    if (unscaled === null || digits(unscaled) > this.#precision) return undefined;
    return writeSigned(unscaled, this.#size);
  }

  protected override _resolve(writer: avsc.Type): ((bytes: Buffer | string) => string) | undefined {
    if (writer instanceof Decimal) {
      if (writer.#scale !== this.#scale || writer.#precision > this.#precision) return undefined;
      // A logical type's resolver reads with the writer's type, so this is the writer's text already.
      return (value) => String(value);
    }
    return undefined;
  }

  protected override _export(schema: avsc.Schema): void {
    Object.assign(schema, { precision: this.#precision, scale: this.#scale });
  }
}

/** Avro's `uuid` over `fixed(16)`. Over `string` it is the string. */
export class Uuid extends avsc.types.LogicalType {
  constructor(schema: avsc.Schema, options?: unknown) {
    super(schema, options);
    const underlying = this.underlyingType;
    // Thrown for `string`: avsc then takes the underlying type as it is, at no cost per record.
    if (!(underlying instanceof avsc.types.FixedType) || underlying.size !== 16) throw new Error('not a fixed(16)');
  }

  protected override _fromValue(bytes: Buffer): string {
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  protected override _toValue(value: unknown): Buffer | undefined {
    if (typeof value !== 'string' || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return undefined;
    return Buffer.from(value.replaceAll('-', ''), 'hex');
  }

  protected override _resolve(writer: avsc.Type): ((value: unknown) => string) | undefined {
    return writer instanceof Uuid ? String : undefined;
  }
}

function readSigned(bytes: Buffer): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
}

/** The shortest form, or exactly `size` bytes; undefined when it does not fit those. */
function writeSigned(value: bigint, size: number | null): Buffer | undefined {
  let length = size ?? 1;
  while (BigInt.asIntN(length * 8, value) !== value) {
    if (size !== null) return undefined;
    length++;
  }
  return Buffer.from(
    BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  );
}

function parseDecimal(value: string, scale: number): bigint | null {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(value);
  if (!match) return null;
  const [, sign, whole = '', fraction = ''] = match;
  if (fraction.length > scale) return null;
  const unscaled = BigInt(whole + fraction.padEnd(scale, '0'));
  return sign === '-' ? -unscaled : unscaled;
}

function formatDecimal(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : '';
  const written = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return scale === 0 ? sign + written : `${sign}${written.slice(0, -scale)}.${written.slice(-scale)}`;
}

function digits(value: bigint): number {
  return (value < 0n ? -value : value).toString().length;
}
