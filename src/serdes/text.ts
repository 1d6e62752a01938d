import type { Serde } from '../core/serde.ts';

/** Up to this length a loop over ASCII characters beats the call into Node's encoder (measured: 2 times at 8, 1.4 at 16). */
const SHORT = 16;

/** UTF-8 text, as Kafka's `StringSerializer` writes it. Bytes that are not UTF-8 become U+FFFD. */
export const text: Serde<string> = Object.freeze({
  name: 'string',
  serialize(_topic: string, value: string): Buffer {
    const length = value.length;
    if (length > SHORT) return Buffer.from(value, 'utf8');
    const bytes = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return Buffer.from(value, 'utf8');
      bytes[i] = code;
    }
    return bytes;
  },
  deserialize(_topic: string, bytes: Buffer): string {
    return bytes.toString('utf8');
  },
});
