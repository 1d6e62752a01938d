import { describe, expect, it } from 'vitest';
import { WriteLayer } from '../../src/state/write-layer.ts';

describe('WriteLayer', () => {
  it('keeps the latest value and time of each key, whether it is as long, shorter or longer than the one before', () => {
    const layer = new WriteLayer();
    for (const value of ['four', 'one', 'a longer one', '', 'last']) layer.set('k', Buffer.from(value), value.length);
    layer.set('gone', Buffer.from('x'), 1);
    layer.set('gone', null, 2);
    expect(layer.get('k')).toEqual({ value: Buffer.from('last'), timestamp: 4 });
    expect(layer.get('gone')).toEqual({ value: null, timestamp: 2 });
    expect(layer.get('never')).toBeUndefined();
  });

  it('takes values of any length, next to each other', () => {
    const layer = new WriteLayer();
    const lengths = [0, 1, 65_523, 65_524, 65_525, 70_000, 200_000, 3];
    for (const length of lengths) layer.set(`k${length}`, Buffer.alloc(length, length % 251), -1);
    for (const length of lengths) {
      expect(layer.get(`k${length}`)?.value?.equals(Buffer.alloc(length, length % 251))).toBe(true);
    }
  });

  it('gives out copies, which the next write of the key leaves alone', () => {
    const layer = new WriteLayer();
    layer.set('k', Buffer.from('one'), 1);
    const before = layer.get('k');
    layer.set('k', Buffer.from('two'), 2);
    expect(before).toEqual({ value: Buffer.from('one'), timestamp: 1 });
  });

  it('shows each key with the bytes that the disk gets', () => {
    const layer = new WriteLayer();
    layer.set('k', Buffer.from('v'), 258);
    layer.set('gone', null, 1);
    const seen = [...layer.places()].map(([key, place]) => [key, layer.valueAt(place), layer.timedValueAt(place)]);
    expect(seen).toEqual([
      ['k', Buffer.from('v'), Buffer.from([0, 0, 0, 0, 0, 0, 1, 2, 118])],
      ['gone', null, null],
    ]);
  });

  it('counts what it takes, also the room of values that were replaced by longer ones', () => {
    const layer = new WriteLayer();
    layer.set('k', Buffer.alloc(100), 1);
    const { bytes } = layer;
    layer.set('k', Buffer.alloc(90), 2);
    expect(layer.bytes).toBe(bytes);
    layer.set('k', Buffer.alloc(1_000), 3);
    expect(layer.bytes).toBeGreaterThan(bytes + 1_000);
  });
});
