import type { MalformedSample } from './produce.ts';
import type { Random } from './random.ts';

type Breakage<E> = (event: E) => { readonly what: string; readonly value: Buffer | null };

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Ways in which real sources break any record. None of them may be readable as an event. */
const BREAKAGES: readonly [Breakage<unknown>, ...Breakage<unknown>[]] = [
  () => ({ what: 'no value', value: null }),
  () => ({ what: 'empty value', value: Buffer.alloc(0) }),
  (event) => ({ what: 'cut short', value: json(event).subarray(0, 40) }),
  () => ({ what: 'not JSON', value: Buffer.from('<html><body>503 Service Unavailable</body></html>') }),
  (event) => ({ what: 'a list', value: json([event]) }),
  () => ({ what: 'Avro of an unknown schema', value: Buffer.from([0, 0x7f, 0xff, 0xff, 0x01, 2, 4, 6]) }),
  () => ({ what: 'bytes', value: Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0xff, 0xfe]) }),
];

/** Breaks an event in one of the general ways, or by giving some of its fields the values of one of `fields`. */
export function breakRecord<E extends object>(
  random: Random,
  key: string,
  event: E,
  fields: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): MalformedSample {
  const ofFields = Object.entries(fields).map(([what, wrong]): Breakage<unknown> => {
    const value = json({ ...event, ...wrong });
    return () => ({ what, value });
  });
  const { what, value } = random.pick([...BREAKAGES, ...ofFields])(event);
  return { kind: 'malformed', key: random.chance(0.2) ? null : key, value, what };
}
