import type { ProcessorContext } from '../../src/processors/processor.ts';
import { describe, expect, it } from 'vitest';
import { joinWindow, type KeyValueStore, serdes, StreamsBuilder, type ReadOnlyKeyValueStore } from '../../src/index.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';
import { keyValueStore } from '../../src/topology/stores.ts';

const text = { key: serdes.string, value: serdes.string };
const pair = (left: string | null, right: string | null): string => `${left ?? 'null'}+${right ?? 'null'}`;

describe('a join of streams', () => {
  const build = () => {
    const builder = new StreamsBuilder();
    const windows = joinWindow({ beforeMs: 10, graceMs: 5 });
    builder.stream('left', text).leftJoin(builder.stream('right', text), pair, windows).to('out', text);
    return builder.build();
  };

  it('gives what waits for a partner null after a crash too', async () => {
    const driver = await TopologyTestDriver.create(build());
    driver.createInputTopic('left', text).pipe('k', 'v', { timestamp: 100 });
    await driver.crash();
    driver.createInputTopic('left', text).pipe('other', 'v', { timestamp: 200 });
    expect(driver.createOutputTopic('out', text).readAll()).toMatchObject([
      { key: 'k', value: 'v+null', timestamp: 100 },
    ]);
    await driver.close();
  });

  it('finds its partners of before a crash', async () => {
    const driver = await TopologyTestDriver.create(build());
    driver.createInputTopic('left', text).pipe('k', 'v', { timestamp: 100 });
    await driver.crash();
    driver.createInputTopic('right', text).pipe('k', 'w', { timestamp: 105 });
    driver.createInputTopic('right', text).pipe('k', 'x', { timestamp: 300 });
    expect(driver.createOutputTopic('out', text).readAll()).toMatchObject([{ key: 'k', value: 'v+w', timestamp: 105 }]);
    await driver.close();
  });

  it('keeps changelogs that are deleted, not compacted, for the retention and a day', () => {
    const topics = build().plan.internalTopics.filter(({ kind }) => kind === 'changelog');
    expect(topics.map(({ name, config }) => [name, config['cleanup.policy'], config['retention.ms']])).toEqual([
      ['KSTREAM-JOINTHIS-0000000004-store-changelog', 'delete', '86400025'],
      ['KSTREAM-OUTEROTHER-0000000005-store-changelog', 'delete', '86400025'],
      ['KSTREAM-OUTERSHARED-0000000004-store-changelog', 'compact', undefined],
    ]);
  });

  it('names its nodes, topics and stores by the options', () => {
    const builder = new StreamsBuilder();
    const left = builder.stream('left', text).selectKey((value) => value);
    left.outerJoin(builder.stream('right', text), pair, joinWindow({ beforeMs: 1 }), {
      ...text,
      name: 'j',
      store: 's',
    });
    const { plan } = builder.build();
    expect([...plan.stores.keys()]).toEqual([
      's-outer-other-join-store',
      's-outer-shared-join-store',
      's-outer-this-join-store',
    ]);
    expect(plan.internalTopics.map(({ name }) => name)).toContain('j-left-repartition');
    const names = plan.subTopologies.flatMap(({ nodes }) => nodes.map(({ name }) => name));
    expect(names).toEqual(
      expect.arrayContaining([
        'j-this-windowed',
        'j-other-windowed',
        'j-outer-this-join',
        'j-outer-other-join',
        'j-merge',
      ]),
    );
  });

  it('refuses windows that end before they begin', () => {
    expect(() => joinWindow({ beforeMs: 5, afterMs: -6 })).toThrow(/ends before it begins/);
    expect(() => joinWindow({ beforeMs: 1.5 })).toThrow(/beforeMs must be a whole number/);
    expect(() => joinWindow({ beforeMs: 1, graceMs: -1 })).toThrow(/graceMs must be a whole number, 0 or more/);
  });

  it('refuses a stream of another builder', () => {
    const other = new StreamsBuilder().stream('right', text);
    const left = new StreamsBuilder().stream('left', text);
    expect(() => left.join(other, pair, joinWindow({ beforeMs: 1 }))).toThrow(/another StreamsBuilder/);
  });
});

describe('a join by a foreign key', () => {
  it('finds rows in other partitions, and answers the partition that asked', async () => {
    const builder = new StreamsBuilder();
    const orders = builder.table('orders', text);
    const customers = builder.table('customers', text);
    orders
      .leftJoin(customers, (order) => order.split(':')[0] ?? null, pair)
      .toStream()
      .to('out', text);
    const driver = await TopologyTestDriver.create(builder.build(), {
      partitions: { orders: 4, customers: 3, out: 1 },
    });
    const order = driver.createInputTopic('orders', text);
    const customer = driver.createInputTopic('customers', text);
    for (let i = 0; i < 20; i++) order.pipe(`o${i}`, `c${i % 5}:${i}`, { timestamp: i });
    for (let i = 0; i < 5; i++) customer.pipe(`c${i}`, `name-${i}`, { timestamp: 100 + i });
    order.pipe('o0', null, { timestamp: 200 });
    customer.pipe('c1', null, { timestamp: 201 });
    const rows = new Map<string | null, string | null>();
    for (const { key, value } of driver.createOutputTopic('out', text).readAll()) rows.set(key, value);
    expect(rows.size).toBe(20);
    expect(rows.get('o0')).toBeNull();
    expect(rows.get('o6')).toBe('c1:6+null');
    expect(rows.get('o17')).toBe('c2:17+name-2');
    await driver.close();
  });
});

describe('a global store', () => {
  it('is filled from all partitions, and seen by every task', async () => {
    const builder = new StreamsBuilder();
    const countries = builder.globalTable('countries', { ...text, store: 'countries' });
    builder
      .stream('in', text)
      .join(countries, (value) => value, pair)
      .to('out', text);
    const driver = await TopologyTestDriver.create(builder.build(), { partitions: { in: 3, countries: 2, out: 1 } });
    const country = driver.createInputTopic('countries', text);
    for (const code of ['a', 'b', 'c', 'd']) country.pipe(code, `land ${code}`);
    const input = driver.createInputTopic('in', text);
    for (const key of ['1', '2', '3', '4']) input.pipe(key, 'abcd'[Number(key) - 1] ?? '');
    input.pipe('5', 'unknown');
    const values = driver.createOutputTopic('out', text).readAll();
    expect(values.map(({ value }) => value)).toEqual(['a+land a', 'b+land b', 'c+land c', 'd+land d']);
    await driver.crash();
    expect(driver.store<ReadOnlyKeyValueStore<string, string>>('countries').get('c')).toBe('land c');
    await driver.close();
  });

  it('may be filled by a processor, which sees every record again after a crash', async () => {
    const builder = new StreamsBuilder();
    builder.addGlobalStore<string, string>(
      keyValueStore({ name: 'lengths', key: serdes.string, value: serdes.int32 }),
      'words',
      () => {
        let lengths: KeyValueStore<string, number> | null = null;
        return {
          init: (context) => void (lengths = context.store<KeyValueStore<string, number>>('lengths')),
          process: (key, value) => lengths?.put(key, value.length),
        };
      },
      text,
    );
    builder
      .stream('in', text)
      .process<string, number>(() => {
        let task: ProcessorContext<string, number> | null = null;
        return {
          init: (context) => void (task = context),
          process: (key, _value, record) => {
            const lengths = task?.store<ReadOnlyKeyValueStore<string, number>>('lengths');
            task?.forward(key, lengths?.get(key) ?? -1, record);
          },
        };
      })
      .to('out', { key: serdes.string, value: serdes.int32 });
    const driver = await TopologyTestDriver.create(builder.build());
    driver.createInputTopic('words', text).pipe('k', 'four');
    await driver.crash();
    driver.createInputTopic('in', text).pipe('k', '');
    driver.createInputTopic('in', text).pipe('none', '');
    const out = driver.createOutputTopic('out', { key: serdes.string, value: serdes.int32 });
    expect(out.readAll().map(({ value }) => value)).toEqual([4, -1]);
    await driver.close();
  });
});
