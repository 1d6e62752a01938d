import { describe, expect, it } from 'vitest';
import { type ProcessorContext } from '../../src/processors/processor.ts';
import type { KeyValueStore, ReadOnlyKeyValueStore } from '../../src/state/store.ts';
import { TopologyTestDriver } from '../../src/testing/topology-test-driver.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import { keyValueStore } from '../../src/topology/stores.ts';
import { text } from './driven.ts';

const pair = (left: string, right: string | null): string => `${left}+${right ?? 'null'}`;

describe('global tables, as in Kafka Streams', () => {
  it('rule 26: a global table is read from all its partitions, whatever their number, and has no part in stream time', async () => {
    const builder = new StreamsBuilder();
    const places = builder.globalTable('places', { ...text, store: 'places' });
    builder
      .stream('in', text)
      .join(places, (value) => value, pair)
      .to('out', text);
    expect(builder.build().plan.subTopologies.flatMap((sub) => sub.copartitionGroups)).toEqual([]);
    const driver = await TopologyTestDriver.create(builder.build(), { partitions: { in: 2, places: 3, out: 1 } });
    const place = driver.createInputTopic('places', text);
    for (const partition of [0, 1, 2]) place.pipe(`p${partition}`, `place ${partition}`, { partition, timestamp: 900 });
    const input = driver.createInputTopic('in', text);
    for (const partition of [0, 1]) {
      for (const to of ['p0', 'p1', 'p2']) input.pipe('k', to, { partition, timestamp: 5 });
    }
    const out = driver.createOutputTopic('out', text).readAll();
    const each = ['p0+place 0@5', 'p1+place 1@5', 'p2+place 2@5'];
    expect(out.map(({ value, timestamp }) => `${value}@${timestamp}`)).toEqual([...each, ...each]);
    await driver.close();
  });

  it('rules 4 and 26: a record without a key finds its row under the key that is made for it; made null, only a left join goes on', async () => {
    for (const left of [false, true]) {
      const builder = new StreamsBuilder();
      const places = builder.globalTable('places', text);
      const stream = builder.stream('in', text);
      const keyOf = (value: string): string => (value === '-' ? (null as unknown as string) : value);
      (left ? stream.leftJoin(places, keyOf, pair) : stream.join(places, keyOf, pair)).to('out', text);
      const driver = await TopologyTestDriver.create(builder.build());
      driver.createInputTopic('places', text).pipe('p', 'place');
      const input = driver.createInputTopic('in', text);
      input.pipe(null, 'p');
      input.pipe('k', '-');
      const values = driver.createOutputTopic('out', text).readAll();
      expect(values.map(({ value }) => value)).toEqual(left ? ['p+place', '-+null'] : ['p+place']);
      await driver.close();
    }
  });

  it('rule 26: the processor of a global store sees every record again when the store is filled again', async () => {
    const builder = new StreamsBuilder();
    const seen: string[] = [];
    builder.addGlobalStore<string, string>(
      keyValueStore({ name: 'upper', ...text }),
      'words',
      () => {
        let rows: KeyValueStore<string, string> | null = null;
        return {
          init: (context: ProcessorContext) => void (rows = context.store<KeyValueStore<string, string>>('upper')),
          process(key, value) {
            seen.push(value);
            rows?.put(key, value.toUpperCase());
          },
        };
      },
      text,
    );
    builder.stream('in', text).to('out', text);
    const driver = await TopologyTestDriver.create(builder.build());
    driver.createInputTopic('words', text).pipe('k', 'word');
    await driver.crash();
    expect(seen).toEqual(['word', 'word']);
    expect(driver.store<ReadOnlyKeyValueStore<string, string>>('upper').get('k')).toBe('WORD');
    await driver.close();
  });
});

/** In how many partitions what is written under 100 keys comes through a topic of the topology's own. */
async function partitionsOf(topic: string, builder: StreamsBuilder, partitions: Record<string, number>) {
  const driver = await TopologyTestDriver.create(builder.build(), { partitions });
  const input = driver.createInputTopic('in', text);
  for (let i = 0; i < 100; i++) input.pipe(`key-${i}`, `value-${i}`);
  const used = new Set(
    driver
      .createInternalOutput(topic, text)
      .readAll()
      .map(({ partition }) => partition),
  );
  await driver.close();
  return used.size;
}

describe('co-partitioning, as in Kafka Streams', () => {
  it('rule 27: source topics that are joined need the same number of partitions; the message has each with its number', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', text).join(builder.table('rows', text), pair).to('out', text);
    await expect(TopologyTestDriver.create(builder.build(), { partitions: { in: 3, rows: 4 } })).rejects.toMatchObject({
      code: 'PARTITIONS_MISMATCH',
      message: expect.stringMatching(/in has 3, rows has 4; .*repartition/) as string,
    });
  });

  it('rule 27: a repartition topic takes the number of the source topic that it is joined with', async () => {
    const builder = new StreamsBuilder();
    const stream = builder.stream('in', text).selectKey((value) => value);
    stream.join(builder.table('rows', text), pair, { ...text, name: 'j' }).to('out', text);
    expect(await partitionsOf('j-repartition', builder, { in: 2, rows: 5 })).toBe(5);
  });

  it('rule 27: of repartition topics that are joined the most partitions count, unless a number was asked for', async () => {
    const declare = (partitions?: number): StreamsBuilder => {
      const builder = new StreamsBuilder();
      const by = (topic: string) => builder.stream(topic, text).selectKey((value) => value);
      const rows = by('wide').repartition({ ...text, name: 'r', ...(partitions === undefined ? {} : { partitions }) });
      by('in')
        .join(rows.toTable(text), pair, { ...text, name: 'j' })
        .to('out', text);
      return builder;
    };
    expect(await partitionsOf('j-repartition', declare(), { in: 2, wide: 6 })).toBe(6);
    expect(await partitionsOf('j-repartition', declare(4), { in: 2, wide: 6 })).toBe(4);
  });

  it('rule 27: numbers that were asked for must agree', () => {
    const builder = new StreamsBuilder();
    const rows = builder.stream('rows', text).repartition({ ...text, name: 'two', partitions: 2 });
    builder
      .stream('in', text)
      .repartition({ ...text, name: 'three', partitions: 3 })
      .join(rows.toTable(text), pair)
      .to('out', text);
    expect(() => builder.build()).toThrow(/three-repartition.*3.*two-repartition.*2/s);
  });
});
