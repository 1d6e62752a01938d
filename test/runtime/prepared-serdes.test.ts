import { describe, expect, it } from 'vitest';
import { StreamsError } from '../../src/core/errors.ts';
import type { Serde } from '../../src/core/serde.ts';
import type { TopicDescription } from '../../src/kafka/client.ts';
import { PreparedSerdes } from '../../src/runtime/prepared-serdes.ts';
import { sink, source, text } from './plans.ts';

function make(topics: Readonly<Record<string, number>> = { out: 3 }) {
  const uses: string[] = [];
  const failures: Error[] = [];
  const value: Serde<unknown> = {
    ...text,
    prepare: async ({ topic, role, direction }) => {
      uses.push(`${topic} ${role} ${direction}`);
      const failure = failures.shift();
      if (failure) throw failure;
      return { ...text, name: `text for ${topic}` };
    },
  };
  const describeTopics = async (names: readonly string[]): Promise<Map<string, TopicDescription>> =>
    new Map(
      names.flatMap((name) => {
        const partitions = topics[name];
        return partitions === undefined ? [] : [[name, { name, id: null, partitions, internal: false }]];
      }),
    );
  return { serdes: new PreparedSerdes(null, { describeTopics }), value, uses, failures };
}

describe('PreparedSerdes', () => {
  it('prepares a use once, however many tasks ask for it', async () => {
    const { serdes, value, uses } = make();
    const node = { ...source('S', ['in'], []), value };
    const [first, second] = await Promise.all([serdes.source(node, 'in'), serdes.source(node, 'in')]);
    expect(first).toBe(second);
    expect(first.value.name).toBe('text for in');
    expect(uses).toEqual(['in value read']);
  });

  it('knows a destination once it is prepared', async () => {
    const { serdes, value, uses } = make();
    const node = { ...sink('S', 'out', []), value };
    expect(serdes.known('S', 'out')).toBeUndefined();
    await serdes.destination(node, 'out');
    expect(serdes.known('S', 'out')).toMatchObject({ partitions: 3, value: { name: 'text for out' } });
    expect(serdes.known('T', 'out')).toBeUndefined();
    expect(uses).toEqual(['out value write']);
  });

  it('says which topic is missing, and which node writes it', async () => {
    const { serdes } = make({});
    await expect(serdes.destination(sink('S', 'out', []), 'out')).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
      coordinates: { topic: 'out', node: 'S' },
    });
  });

  it('tries again after a preparation that failed, and says what it was for', async () => {
    const { serdes, value, failures } = make();
    failures.push(new Error('no such type'), new StreamsError('REGISTRY_UNAVAILABLE', 'not now'));
    const node = { ...source('S', ['in'], []), value };
    await expect(serdes.source(node, 'in')).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
      message: 'the value serde text of source S cannot be used on in: no such type',
    });
    await expect(serdes.source(node, 'in')).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retriable: true });
    expect((await serdes.source(node, 'in')).value.name).toBe('text for in');
  });
});
