import { describe, expect, it } from 'vitest';
import { ScratchKey } from '../../src/state/scratch-key.ts';

describe('ScratchKey', () => {
  it('is the number of the store and the key, whatever was composed in it before', () => {
    const key = new ScratchKey(258);
    key.setText('a long key');
    expect(key.setText('k\u00ff').view()).toEqual(Buffer.from([1, 2, 107, 255]));
    expect(key.setText('').view()).toEqual(Buffer.from([1, 2]));
  });

  it('takes keys of any length', () => {
    const key = new ScratchKey(1);
    const long = 'x'.repeat(10_000);
    expect(key.setText(long).view().length).toBe(10_002);
    expect(key.text()).toBe(long);
    expect(key.setText('short').view()).toEqual(Buffer.from('\0\x01short'));
  });

  it('has the same hash for the same key only', () => {
    const one = new ScratchKey(1);
    const hashes = new Set(Array.from({ length: 10_000 }, (_, i) => one.setText(`key-${i}`).hash()));
    expect(hashes.size).toBeGreaterThan(9_990);
    expect(new ScratchKey(7).setText('key-5').hash()).toBe(one.setText('key-5').hash());
  });
});
