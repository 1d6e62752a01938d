import { describe, expect, it } from 'vitest';
import { ReusedBytes } from '../../src/state/reused-bytes.ts';
import { ScratchKey } from '../../src/state/scratch-key.ts';
import { WriteLayer } from '../../src/state/write-layer.ts';

const scratch = new ScratchKey(1);
const keyOf = (text: string): ScratchKey => scratch.setText(text);

describe('WriteLayer', () => {
  it('keeps the latest value and time of each key, whether it is as long, shorter or longer than the one before', () => {
    const layer = new WriteLayer();
    for (const value of ['four', 'one', 'a longer one', '', 'last'])
      layer.set(keyOf('k'), Buffer.from(value), value.length);
    layer.set(keyOf('gone'), Buffer.from('x'), 1);
    layer.set(keyOf('gone'), null, 2);
    expect(layer.get(keyOf('k'))).toEqual({ value: Buffer.from('last'), timestamp: 4 });
    expect(layer.get(keyOf('gone'))).toEqual({ value: null, timestamp: 2 });
    expect(layer.get(keyOf('never'))).toBeUndefined();
  });

  it('takes values of any length, next to each other', () => {
    const layer = new WriteLayer();
    const lengths = [0, 1, 65_508, 65_512, 65_516, 65_523, 65_536, 70_000, 200_000, 3];
    for (const length of lengths) layer.set(keyOf(`k${length}`), Buffer.alloc(length, length % 251), -1);
    for (const length of lengths) {
      expect(layer.get(keyOf(`k${length}`))?.value?.equals(Buffer.alloc(length, length % 251))).toBe(true);
    }
  });

  it('gives out copies, which the next write of the key leaves alone', () => {
    const layer = new WriteLayer();
    layer.set(keyOf('k'), Buffer.from('one'), 1);
    const before = layer.get(keyOf('k'));
    layer.set(keyOf('k'), Buffer.from('two'), 2);
    expect(before).toEqual({ value: Buffer.from('one'), timestamp: 1 });
  });

  it('shows each key with the bytes that the disk gets', () => {
    const layer = new WriteLayer();
    layer.set(keyOf('k'), Buffer.from('v'), 258);
    layer.set(keyOf('gone'), null, 1);
    const seen = [0, 1].map((write) => {
      layer.readKey(write, scratch);
      const timed = layer.readValue(write, true, new ReusedBytes());
      return [scratch.text(), layer.valueAt(write), timed, layer.readValue(write, false, new ReusedBytes())];
    });
    expect(seen).toEqual([
      ['k', Buffer.from('v'), Buffer.from([0, 0, 0, 0, 0, 0, 1, 2, 118]), Buffer.from('v')],
      ['gone', null, null, null],
    ]);
  });

  it('finds each of many keys, and none that was not written', () => {
    const layer = new WriteLayer();
    for (let i = 0; i < 20_000; i++) layer.set(keyOf(`key-${i}`), Buffer.from(String(i)), i);
    for (let i = 0; i < 20_000; i += 3) layer.set(keyOf(`key-${i}`), null, i + 1);
    expect(layer.count).toBe(20_000);
    for (let i = 0; i < 20_000; i++) {
      const value = i % 3 === 0 ? null : Buffer.from(String(i));
      expect(layer.get(keyOf(`key-${i}`))).toEqual({ value, timestamp: value === null ? i + 1 : i });
    }
    expect(layer.get(keyOf('key-20000'))).toBeUndefined();
    expect(layer.get(keyOf(''))).toBeUndefined();
  });

  it('knows the order of its keys, of those too that come after somebody asked for it', () => {
    const layer = new WriteLayer();
    for (const key of ['b', 'd', 'a']) layer.set(keyOf(key), null, 1);
    const sorted = layer.sorted();
    layer.set(keyOf('c'), null, 1);
    const seen: string[] = [];
    for (let at = sorted.atOrAfter('', false); at !== undefined; at = sorted.atOrAfter(at, true)) seen.push(at);
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
  });

  it('counts what it takes, also the room of values that were replaced by longer ones', () => {
    const layer = new WriteLayer();
    layer.set(keyOf('k'), Buffer.alloc(100), 1);
    const { bytes } = layer;
    layer.set(keyOf('k'), Buffer.alloc(90), 2);
    expect(layer.bytes).toBe(bytes);
    layer.set(keyOf('k'), Buffer.alloc(1_000), 3);
    expect(layer.bytes).toBeGreaterThan(bytes + 1_000);
  });
});
