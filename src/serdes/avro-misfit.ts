import avsc from 'avsc';

import { messageOf } from '../core/errors.ts';
import type { AvroValueType } from './avro-type.ts';

/** Fields named in one message, at most: a value of another type altogether misfits in each of them. */
const MAX_FIELDS = 5;

/**
 * Which fields of a value do not fit the schema: path, what was expected, the kind of what was there. Never the value:
 * records may be personal data, and messages end up in logs.
 */
export function describeMisfit(type: AvroValueType, value: unknown): string {
  const misfits: string[] = [];
  let more = 0;
  const errorHook = (path: string[], got: unknown, expected: avsc.Type): void => {
    if (misfits.length === MAX_FIELDS) more++;
    else misfits.push(`${path.join('.') || 'the value'}: expected ${describeType(expected)}, got ${kindOf(got)}`);
  };
  type.isValid(value, { errorHook });
  if (misfits.length === 0) return 'the value does not fit the schema';
  return misfits.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/** Where bytes stop making sense under the schema they were written with. */
export function describeBadBytes(type: AvroValueType, bytes: Buffer, start: number): string {
  const path: string[] = [];
  let at = start;
  let current: avsc.Type | null = type;
  let problem = 'the bytes end too early';
  while (current instanceof avsc.types.RecordType) {
    let failing: avsc.Type | null = null;
    for (const field of current.fields) {
      const outcome = decodeAt(field.type, bytes, at);
      if (typeof outcome === 'number') {
        at = outcome;
        continue;
      }
      path.push(field.name);
      problem = outcome;
      failing = field.type;
      break;
    }
    current = failing;
  }
  return path.length === 0 ? problem : `${problem} in field ${path.join('.')}`;
}

/** The position after the value, or what is wrong with it. */
function decodeAt(type: avsc.Type, bytes: Buffer, at: number): number | string {
  try {
    const { offset } = type.decode(bytes, at);
    return offset < 0 ? 'the bytes end too early' : offset;
  } catch (error) {
    return /precision/.test(messageOf(error))
      ? 'a long is beyond 2^53 - 1 (read it with { longs: "bigint" })'
      : 'the bytes are not valid';
  }
}

/** `string`, `null | string`, `claimx.Event`, `'a' | 'b'`. */
function describeType(type: avsc.Type): string {
  if (type instanceof avsc.types.UnwrappedUnionType) return type.types.map(describeType).join(' | ');
  if (type instanceof avsc.types.WrappedUnionType) {
    return type.types.map((inner) => inner.branchName ?? inner.typeName).join(' | ');
  }
  if (type instanceof avsc.types.EnumType) return `one of ${type.symbols.join(', ')}`;
  if (type instanceof avsc.types.FixedType) return `${type.size} bytes`;
  if (type instanceof avsc.types.LogicalType) return type.typeName.replace('logical:', '');
  return type.name ?? type.typeName.replace('abstract:', '');
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (Buffer.isBuffer(value)) return `${value.length} bytes`;
  if (value instanceof Date) return 'a Date (give ms since the epoch)';
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? 'a number' : 'a number that is not a safe integer';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
