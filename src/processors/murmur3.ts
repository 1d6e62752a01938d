const SEED = 104_729;

// Halves of 64-bit numbers, since a bigint for each step would cost more than the rest of a join; signed ones, since V8
// makes an object of each number beyond 31 bits that a variable of the module is given. The last product or sum:
let high = 0;
let low = 0;

/** What is left behind whole blocks, with zeros behind it. */
const tail = Buffer.alloc(16);

function multiply(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const a0 = aLow & 0xffff;
  const a1 = aLow >>> 16;
  const b0 = bLow & 0xffff;
  const b1 = bLow >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  const carried = a1 * b1 + Math.floor(middle / 0x1_0000) + Math.floor(other / 0x1_0000);
  high = (carried + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) | 0;
  low = Math.imul(aLow, bLow);
}

function add(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const sum = (aLow >>> 0) + (bLow >>> 0);
  high = (aHigh + bHigh + (sum > 0xffff_ffff ? 1 : 0)) | 0;
  low = sum | 0;
}

/** By 1 to 31 bits; for more, the halves change places. */
function rotate(aHigh: number, aLow: number, by: number): void {
  high = (aHigh << by) | (aLow >>> (32 - by));
  low = (aLow << by) | (aHigh >>> (32 - by));
}

function mixFirst(kHigh: number, kLow: number): void {
  multiply(kHigh, kLow, 0x87c3_7b91, 0x1142_53d5);
  rotate(high, low, 31);
  multiply(high, low, 0x4cf5_ad43, 0x2745_937f);
}

function mixSecond(kHigh: number, kLow: number): void {
  multiply(kHigh, kLow, 0x4cf5_ad43, 0x2745_937f);
  rotate(low, high, 1);
  multiply(high, low, 0x87c3_7b91, 0x1142_53d5);
}

function finish(hHigh: number, hLow: number): void {
  multiply(hHigh, hLow ^ (hHigh >>> 1), 0xff51_afd7, 0xed55_8ccd);
  multiply(high, low ^ (high >>> 1), 0xc4ce_b9fe, 0x1a85_ec53);
  low = low ^ (high >>> 1);
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
    mixFirst(bytes.readInt32LE(i + 4), bytes.readInt32LE(i));
    rotate(oneHigh ^ high, oneLow ^ low, 27);
    add(high, low, twoHigh, twoLow);
    multiply(high, low, 0, 5);
    add(high, low, 0, 0x52dc_e729);
    oneHigh = high;
    oneLow = low;
    mixSecond(bytes.readInt32LE(i + 12), bytes.readInt32LE(i + 8));
    rotate(twoHigh ^ high, twoLow ^ low, 31);
    add(high, low, oneHigh, oneLow);
    multiply(high, low, 0, 5);
    add(high, low, 0, 0x3849_5ab5);
    twoHigh = high;
    twoLow = low;
  }
  if (whole < length) {
    tail.fill(0);
    bytes.copy(tail, 0, whole);
    if (length - whole > 8) {
      mixSecond(tail.readInt32LE(12), tail.readInt32LE(8));
      twoHigh = twoHigh ^ high;
      twoLow = twoLow ^ low;
    }
    mixFirst(tail.readInt32LE(4), tail.readInt32LE(0));
    oneHigh = oneHigh ^ high;
    oneLow = oneLow ^ low;
  }
  add(oneHigh, oneLow ^ length, twoHigh, (twoLow = twoLow ^ length));
  [oneHigh, oneLow] = [high, low];
  add(twoHigh, twoLow, oneHigh, oneLow);
  [twoHigh, twoLow] = [high, low];
  finish(oneHigh, oneLow);
  [oneHigh, oneLow] = [high, low];
  finish(twoHigh, twoLow);
  [twoHigh, twoLow] = [high, low];
  add(oneHigh, oneLow, twoHigh, twoLow);
  const hash = Buffer.allocUnsafe(16);
  hash.writeInt32BE(high, 0);
  hash.writeInt32BE(low, 4);
  add(twoHigh, twoLow, high, low);
  hash.writeInt32BE(high, 8);
  hash.writeInt32BE(low, 12);
  return hash;
}
