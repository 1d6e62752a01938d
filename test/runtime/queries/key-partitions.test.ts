import { describe, expect, it } from 'vitest';
import { serdes, StreamsBuilder, keyValueStore, type Serde, type TopologyPlan } from '../../../src/index.ts';
import { partitionOf } from '../../../src/kafka/wire/murmur2.ts';
import { homePartition, keyPartitions, type KeyPlace } from '../../../src/runtime/queries/key-partitions.ts';

const text = { key: serdes.string, value: serdes.string };

function place(plan: TopologyPlan, over: Partial<KeyPlace<string>> = {}): KeyPlace<string> {
  return { plan, store: 'counts', partitions: 8, key: 'fox', keyBytes: Buffer.from('fox'), partitioner: null, ...over };
}

function counting(key: Serde<string> = serdes.string): TopologyPlan {
  const builder = new StreamsBuilder();
  builder
    .stream('in', { ...text, key })
    .groupByKey()
    .count({ store: 'counts' });
  return builder.build().plan;
}

function repartitioned(partitioner: (topic: string, key: string, value: string) => number | null): TopologyPlan {
  const builder = new StreamsBuilder();
  builder
    .stream('in', text)
    .selectKey((value) => value)
    .repartition({ ...text, name: 'by-word', partitions: 8, partitioner })
    .groupByKey()
    .count({ store: 'counts' });
  return builder.build().plan;
}

describe('the partition of a key', () => {
  const murmur = partitionOf(Buffer.from('fox'), 8);

  it('is that of Kafka’s default partitioner', () => {
    expect(keyPartitions(place(counting()))).toEqual([murmur]);
  });

  it('is the partitioner’s of the topic before the store, where that needs the key only', () => {
    expect(keyPartitions(place(repartitioned((_topic, key) => key.length)))).toEqual([3]);
    expect(keyPartitions(place(repartitioned(() => null)))).toEqual([murmur]);
    const byValue = place(repartitioned((_topic, _key, value) => value.length));
    expect(homePartition(byValue)).toBeNull();
    expect(keyPartitions(byValue)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('is what the caller says, above all', () => {
    expect(keyPartitions(place(counting(), { partitioner: (_key, partitions) => partitions - 1 }))).toEqual([7]);
  });

  it('is unknown when the bytes of the key depend on the topic', () => {
    const prepared: Serde<string> = { ...serdes.string, prepare: () => Promise.resolve(serdes.string) };
    expect(homePartition(place(counting(prepared)))).toBeNull();
  });

  it('is only likely in a store of a processor of one’s own', () => {
    const builder = new StreamsBuilder();
    builder.addStore(keyValueStore({ name: 'own', ...text }));
    builder.stream('in', text).process(() => ({ process: () => undefined }), { stores: ['own'] });
    const own = place(builder.build().plan, { store: 'own' });
    expect(homePartition(own)).toBe(murmur);
    const [first, ...rest] = keyPartitions(own);
    expect(first).toBe(murmur);
    expect(rest).toHaveLength(7);
  });
});
