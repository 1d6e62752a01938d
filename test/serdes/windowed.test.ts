import { describe, expect, it } from 'vitest';

import { EmbeddedRegistry } from '../../src/embedded/registry.ts';
import { NeedsPreparation } from '../../src/core/serde.ts';
import { avro } from '../../src/serdes/avro.ts';
import { serdes } from '../../src/serdes/serdes.ts';

describe('windowed', () => {
  const serde = serdes.windowed(serdes.string, 60_000);
  const window = { start: 1_700_000_040_000, end: 1_700_000_100_000 };

  it('writes the bytes of Kafka Streams’ TimeWindowedSerde: key, then start', () => {
    const bytes = serde.serialize('t', { key: 'ab', window });
    expect(bytes.toString('hex')).toBe(`6162${(1_700_000_040_000).toString(16).padStart(16, '0')}`);
  });

  it('reads what it wrote', () => {
    expect(serde.deserialize('t', serde.serialize('t', { key: 'ab', window }))).toEqual({ key: 'ab', window });
  });

  it('writes without the size and says what is missing to read', () => {
    const sizeless = serdes.windowed(serdes.string);
    const bytes = sizeless.serialize('t', { key: 'ab', window });
    expect(bytes.equals(serde.serialize('t', { key: 'ab', window }))).toBe(true);
    expect(() => sizeless.deserialize('t', bytes)).toThrow(/give the window size/);
  });

  it('refuses bytes that are too short', () => {
    expect(() => serde.deserialize('t', Buffer.alloc(7))).toThrow('expected at least 8 bytes, got 7');
  });

  it('prepares and recovers its inner serde', async () => {
    const registry = new EmbeddedRegistry();
    const inner = avro<string>('"string"', { name: 'text' });
    const use = { topic: 't', role: 'key', registry } as const;
    const writer = await serdes.windowed(inner, 60_000).prepare?.({ ...use, direction: 'write' });
    const reader = await serdes.windowed(inner, 60_000).prepare?.({ ...use, direction: 'read' });
    const bytes = writer?.serialize('t', { key: 'ab', window }) ?? Buffer.alloc(0);
    expect(await registry.latest('t-key')).toMatchObject({ version: 1 });
    expect(() => reader?.deserialize('t', bytes)).toThrow(NeedsPreparation);
    await reader?.recover?.(new NeedsPreparation('', 1));
    expect(reader?.deserialize('t', bytes)).toEqual({ key: 'ab', window });
  });
});

describe('sessionWindowed', () => {
  it('writes the bytes of Kafka Streams’ SessionWindowedSerde: key, end, start', () => {
    const serde = serdes.sessionWindowed(serdes.string);
    const value = { key: 'k', window: { start: 1, end: 258 } };
    const bytes = serde.serialize('t', value);
    expect(bytes.toString('hex')).toBe('6b00000000000001020000000000000001');
    expect(serde.deserialize('t', bytes)).toEqual(value);
  });
});
