import { expect, it } from 'vitest';
import { NeedsPreparation, type Serde, type SerdeUse } from '../../src/core/serde.ts';
import { openBatchSerde } from '../../src/processors/batch-store.ts';
import { inFlightSerde } from '../../src/processors/in-flight-serde.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { recordAt } from '../../src/testing/contracts/stores.ts';

const headers = [
  { key: 'trace', value: Buffer.from('t') },
  { key: 'trace', value: null },
];
const record = { ...recordAt(1_732_123_456_789, 2 ** 40), headers };

it.each([
  { key: 'k', value: { n: 1 } },
  { key: null, value: null },
])('an input in flight comes back as it was: $key', (entry) => {
  const serde = inFlightSerde(serdes.string, serdes.json<{ n: number }>());
  expect(serde.deserialize('t', serde.serialize('t', { ...entry, record }))).toEqual({ ...entry, record });
});

it('an open batch comes back as it was', () => {
  const serde = openBatchSerde(serdes.string);
  const batch = {
    openedMs: 5,
    items: [
      { value: 'a', record },
      { value: 'b', record: recordAt(-1, -1) },
    ],
  };
  expect(serde.deserialize('t', serde.serialize('t', batch))).toEqual(batch);
});

it('refuses bytes of another layout, and bytes that end early', () => {
  const serde = inFlightSerde(serdes.string, serdes.string);
  const bytes = serde.serialize('t', { key: 'k', value: 'v', record });
  expect(() => serde.deserialize('t', bytes.subarray(0, bytes.length - 1))).toThrow(/fewer are there/);
  bytes[3] = 9;
  expect(() => serde.deserialize('t', bytes)).toThrow(/layout 9/);
});

it('prepares the serdes inside it, the key as a key, and recovers them', async () => {
  const uses: string[] = [];
  const recovered: string[] = [];
  const inner = (name: string): Serde<string> => ({
    ...serdes.string,
    name,
    prepare: async (use) => {
      uses.push(`${name} as ${use.role}`);
      return serdes.string;
    },
    recover: async () => {
      recovered.push(name);
    },
  });
  const use: SerdeUse = { topic: 't', role: 'value', direction: 'both', registry: null };
  const serde = inFlightSerde(inner('a'), inner('b'));
  expect((await serde.prepare?.(use))?.name).toBe('inFlight(string, string)');
  await openBatchSerde(inner('c')).prepare?.(use);
  expect(uses).toEqual(['a as key', 'b as value', 'c as value']);
  await serde.recover?.(new NeedsPreparation('schema 7', 7));
  expect(recovered).toEqual(['a', 'b']);
});
