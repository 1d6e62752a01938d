const SEED = 104_729;

// Halves of 64-bit numbers, since a bigint for each step would cost more than the rest of a join. The last product or sum:
let high = 0;
let low = 0;

function multiply(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const a0 = aLow & 0xffff;
  const a1 = aLow >>> 16;
  const b0 = bLow & 0xffff;
  const b1 = bLow >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  const carried = a1 * b1 + Math.floor(middle / 0x1_0000) + Math.floor(other / 0x1_0000);
  high = (carried + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) >>> 0;
  low = Math.imul(aLow, bLow) >>> 0;
}

function add(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const sum = aLow + bLow;
  high = (aHigh + bHigh + (sum > 0xffff_ffff ? 1 : 0)) >>> 0;
  low = sum >>> 0;
}

function rotate(aHigh: number, aLow: number, by: number): void {
  const [left, right] = by < 32 ? [aHigh, aLow] : [aLow, aHigh];
  const shift = by % 32;
  high = shift === 0 ? left : ((left << shift) | (right >>> (32 - shift))) >>> 0;
  low = shift === 0 ? right : ((right << shift) | (left >>> (32 - shift))) >>> 0;
}

function mixFirst(kHigh: number, kLow: number): void {
  multiply(kHigh, kLow, 0x87c3_7b91, 0x1142_53d5);
  rotate(high, low, 31);
  multiply(high, low, 0x4cf5_ad43, 0x2745_937f);
}

function mixSecond(kHigh: number, kLow: number): void {
  multiply(kHigh, kLow, 0x4cf5_ad43, 0x2745_937f);
  rotate(high, low, 33);
  multiply(high, low, 0x87c3_7b91, 0x1142_53d5);
}

function finish(hHigh: number, hLow: number): void {
  multiply(hHigh, (hLow ^ (hHigh >>> 1)) >>> 0, 0xff51_afd7, 0xed55_8ccd);
  multiply(high, (low ^ (high >>> 1)) >>> 0, 0xc4ce_b9fe, 0x1a85_ec53);
  low = (low ^ (high >>> 1)) >>> 0;
}

/** Murmur3 with 128 bits, as Kafka Streams hashes values: two longs, big endian, 16 bytes. */
export function murmur3(bytes: Buffer): Buffer {
  const { length } = bytes;
  let oneHigh = 0;
  let oneLow = SEED;
  let twoHigh = 0;
  let twoLow = SEED;
  const whole = length - (length % 16);
  for (let i = 0; i < whole; i += 16) {
    mixFirst(bytes.readUInt32LE(i + 4), bytes.readUInt32LE(i));
    rotate((oneHigh ^ high) >>> 0, (oneLow ^ low) >>> 0, 27);
    add(high, low, twoHigh, twoLow);
    multiply(high, low, 0, 5);
    add(high, low, 0, 0x52dc_e729);
    oneHigh = high;
    oneLow = low;
    mixSecond(bytes.readUInt32LE(i + 12), bytes.readUInt32LE(i + 8));
    rotate((twoHigh ^ high) >>> 0, (twoLow ^ low) >>> 0, 31);
    add(high, low, oneHigh, oneLow);
    multiply(high, low, 0, 5);
    add(high, low, 0, 0x3849_5ab5);
    twoHigh = high;
    twoLow = low;
  }
  if (whole < length) {
    const tail = Buffer.alloc(16);
    bytes.copy(tail, 0, whole);
    if (length - whole > 8) {
      mixSecond(tail.readUInt32LE(12), tail.readUInt32LE(8));
      twoHigh = (twoHigh ^ high) >>> 0;
      twoLow = (twoLow ^ low) >>> 0;
    }
    mixFirst(tail.readUInt32LE(4), tail.readUInt32LE(0));
    oneHigh = (oneHigh ^ high) >>> 0;
    oneLow = (oneLow ^ low) >>> 0;
  }
  add(oneHigh, (oneLow ^ length) >>> 0, twoHigh, (twoLow = (twoLow ^ length) >>> 0));
  [oneHigh, oneLow] = [high, low];
  add(twoHigh, twoLow, oneHigh, oneLow);
  [twoHigh, twoLow] = [high, low];
  finish(oneHigh, oneLow);
  [oneHigh, oneLow] = [high, low];
  finish(twoHigh, twoLow);
  [twoHigh, twoLow] = [high, low];
  add(oneHigh, oneLow, twoHigh, twoLow);
  const hash = Buffer.allocUnsafe(16);
  hash.writeUInt32BE(high, 0);
  hash.writeUInt32BE(low, 4);
  add(twoHigh, twoLow, high, low);
  hash.writeUInt32BE(high, 8);
  hash.writeUInt32BE(low, 12);
  return hash;
}
