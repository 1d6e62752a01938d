import avsc from 'avsc';

/**
 * Arrays and maps that do not believe a count the bytes cannot hold. avsc reads past the end of the bytes until all
 * items are made and checks only then, so a corrupt count stops the process or fills its memory: with one bad record.
 */
export class BoundedArray extends avsc.types.ArrayType {
  _read(this: { readonly itemsType: unknown }, tap: Tap): unknown[] {
    const items = this.itemsType as Codec;
    const values: unknown[] = [];
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      while (count-- > 0) {
        values.push(items['_read'](tap));
        within(tap);
      }
    }
    return values;
  }

  _skip(tap: Tap): void {
    const items = this.itemsType as unknown as Codec;
    skipBlocks(tap, () => items['_skip'](tap));
  }
}

/** See {@link BoundedArray}. */
export class BoundedMap extends avsc.types.MapType {
  _read(this: { readonly valuesType: unknown }, tap: Tap): Record<string, unknown> {
    const values = this.valuesType as Codec;
    const read: Record<string, unknown> = {};
    for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
      while (count-- > 0) {
        const key = tap.readString();
        const value = values['_read'](tap);
        within(tap);
        // Plain assignment of this one name would change the object's prototype.
        if (key === '__proto__') Object.defineProperty(read, key, { value, enumerable: true, writable: true });
        else read[key] = value;
      }
    }
    return read;
  }

  _skip(tap: Tap): void {
    const values = this.valuesType as unknown as Codec;
    skipBlocks(tap, () => {
      tap.skipString();
      values['_skip'](tap);
    });
  }
}

/** The parts of avsc's cursor over bytes that its own types use. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  readString(): string;
  skipString(): void;
}

interface Codec {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

/** Items may take no bytes (an array of nulls), so a count above the bytes that are left is not wrong as such. */
const FREE_ITEMS = 10_000;

/** The number of items in the next block (Avro specification, Arrays: a negative count is followed by the size). */
function blockCount(tap: Tap): number {
  const count = tap.readLong();
  if (count < 0) tap.readLong();
  within(tap);
  return checked(tap, Math.abs(count));
}

function skipBlocks(tap: Tap, skipItem: () => void): void {
  for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
    if (count < 0) {
      const size = tap.readLong();
      if (size < 0) throw new Error('a block has a negative size');
      tap.pos += size;
      within(tap);
      continue;
    }
    for (let left = checked(tap, count); left > 0; left--) {
      skipItem();
      within(tap);
    }
  }
}

function checked(tap: Tap, count: number): number {
  if (count > FREE_ITEMS && count > tap.buf.length - tap.pos) throw new Error('a block has more items than bytes');
  return count;
}

function within(tap: Tap): void {
  if (tap.pos > tap.buf.length) throw new Error('the bytes end too early');
}
