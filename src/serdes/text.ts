import type { Serde } from '../core/serde.ts';

/** Up to this length a loop over ASCII characters beats the call into Node's encoder (measured: 2 times at 8, 1.4 at 16). */
const SHORT = 16;

/** UTF-8 text, as Kafka's `StringSerializer` writes it. Bytes that are not UTF-8 become U+FFFD. */
export const text: Serde<string> = Object.freeze({
  name: 'string',
  serialize(_topic: string, value: string): Buffer {
    return textWithRoom(value, 0);
  },
  deserialize(_topic: string, bytes: Buffer): string {
    return bytes.toString('utf8');
  },
});

/** The text's bytes with room for others behind it, to be filled: what a composed key is made of needs no copy. */
export function textWithRoom(value: string, room: number): Buffer {
  const length = value.length;
  if (length <= SHORT) {
    const bytes = Buffer.allocUnsafe(length + room);
    let at = 0;
    for (; at < length; at++) {
      const code = value.charCodeAt(at);
      if (code > 0x7f) break;
      bytes[at] = code;
    }
    if (at === length) return bytes;
  }
  if (room === 0) return Buffer.from(value, 'utf8');
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(value) + room);
  bytes.write(value, 'utf8');
  return bytes;
}
