import { expect, it } from 'vitest';
import { retainRecord, retainValue } from '../../src/state/retain.ts';
import { recordAt } from '../../src/testing/contracts/stores.ts';

const chunk = Buffer.alloc(1 << 20, 'x');

it('copies a small view of a large buffer, so that the rest can go', () => {
  const kept = retainValue(chunk.subarray(10, 20));
  expect(kept.toString()).toBe('xxxxxxxxxx');
  expect(kept.buffer).not.toBe(chunk.buffer);
});

it('leaves alone what pins little, and what is no buffer', () => {
  const whole = chunk.subarray(1);
  const object = { bytes: 1 };
  expect(retainValue(whole)).toBe(whole);
  expect(retainValue(object)).toBe(object);
});

it('copies header values of a record that is kept', () => {
  const record = {
    ...recordAt(1),
    headers: [
      { key: 'h', value: chunk.subarray(0, 3) },
      { key: 'n', value: null },
    ],
  };
  const kept = retainRecord(record);
  expect(kept.headers.map(({ value }) => value?.toString() ?? null)).toEqual(['xxx', null]);
  expect(kept.headers[0]?.value?.buffer).not.toBe(chunk.buffer);
  const plain = recordAt(1);
  expect(retainRecord(plain)).toBe(plain);
});
