import { createRequire } from 'node:module';
import type * as NativeCrc from '@node-rs/crc32';

/** CRC-32C (Castagnoli), reflected: what a record batch carries. Node's `zlib.crc32` is the other polynomial. */
const POLYNOMIAL = 0x82f63b78;

/** Slicing-by-8: eight tables, so that eight bytes cost eight independent look-ups instead of a chain of eight. */
const TABLES = makeTables();
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES;

type Table = Int32Array;

function makeTables(): [Table, Table, Table, Table, Table, Table, Table, Table] {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    first[byte] = crc;
  }
  const after = (before: Table): Table => before.map((crc) => (crc >>> 8) ^ (first[crc & 0xff] as number));
  const second = after(first);
  const third = after(second);
  const fourth = after(third);
  const fifth = after(fourth);
  const sixth = after(fifth);
  const seventh = after(sixth);
  return [first, second, third, fourth, fifth, sixth, seventh, after(seventh)];
}

/** From here on the processor's own instruction wins over the call to reach it. */
const NATIVE_FROM_BYTES = 512;

type NativeChecksum = typeof NativeCrc.crc32c;

/** The native package, or null where there is none for this platform: loaded at the first long checksum. */
let native: NativeChecksum | null | undefined;

/** The checksum of `bytes[from, to)` as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length): number {
  if (to - from < NATIVE_FROM_BYTES) return crc32cByTable(bytes, from, to);
  if (native === undefined) native = loadNative();
  return native === null ? crc32cByTable(bytes, from, to) : native(bytes.subarray(from, to));
}

/** {@link crc32c} without the native package. */
export function crc32cByTable(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1;
  let at = from;
  for (const last = to - 8; at <= last; at += 8) {
    crc =
      (T7[((bytes[at] as number) ^ crc) & 0xff] as number) ^
      (T6[((bytes[at + 1] as number) ^ (crc >>> 8)) & 0xff] as number) ^
      (T5[((bytes[at + 2] as number) ^ (crc >>> 16)) & 0xff] as number) ^
      (T4[(bytes[at + 3] as number) ^ (crc >>> 24)] as number) ^
      (T3[bytes[at + 4] as number] as number) ^
      (T2[bytes[at + 5] as number] as number) ^
      (T1[bytes[at + 6] as number] as number) ^
      (T0[bytes[at + 7] as number] as number);
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ (T0[((bytes[at] as number) ^ crc) & 0xff] as number);
  return (crc ^ -1) >>> 0;
}

function loadNative(): NativeChecksum | null {
  try {
    return (createRequire(import.meta.url)('@node-rs/crc32') as typeof NativeCrc).crc32c;
  } catch {
    return null;
  }
}
