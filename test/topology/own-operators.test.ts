import { describe, expect, it } from 'vitest';
import { StreamsError } from '../../src/core/errors.ts';
import { failed } from '../../src/processors/options.ts';
import type { Forward } from '../../src/processors/processor.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { TopologyTestDriver } from '../../src/testing/topology-test-driver.ts';
import type { StreamsBuilder } from '../../src/topology/builder.ts';
import { keyValueStore } from '../../src/topology/stores.ts';
import type { KeyValueStore } from '../../src/state/store.ts';
import { tumbling } from '../../src/topology/windows.ts';
import { nowhere, text, words } from './topologies.ts';

async function running(builder: StreamsBuilder, test: (driver: TopologyTestDriver) => Promise<void> | void) {
  const driver = await TopologyTestDriver.create(builder.build());
  try {
    await test(driver);
  } finally {
    await driver.close();
  }
}
const values = (driver: TopologyTestDriver, topic = 'out') =>
  driver
    .createOutputTopic(topic, text)
    .readAll()
    .map(({ value }) => value);

describe('mapAsync', () => {
  it('sends on what the function resolves to, in the order of the inputs', async () => {
    const { builder, stream } = words();
    const waits = new Map<string, (answer: string) => void>();
    stream.mapAsync((value) => new Promise<string>((resolve) => waits.set(value, resolve))).to('out', text);
    await running(builder, async (driver) => {
      const input = driver.createInputTopic('in', text);
      input.pipe('k', 'a', { timestamp: 1 });
      input.pipe('k', 'b', { timestamp: 2 });
      waits.get('b')?.('B');
      await driver.settle();
      expect(values(driver)).toEqual([]);
      waits.get('a')?.('A');
      await driver.settle();
      expect(values(driver)).toEqual(['A', 'B']);
    });
  });
});

describe('retry', () => {
  it('sends a transient failure through its buckets, when due, and then to the dead letter', async () => {
    const { builder, stream } = words();
    let calls = 0;
    stream
      .retry({ name: 'call', delaysMs: [100, 200], deadLetter: 'dead' }, (tries) =>
        tries.mapAsync(
          (value) => {
            calls++;
            return value === 'bad' ? Promise.reject(new Error('not now')) : Promise.resolve(value.toUpperCase());
          },
          { name: 'ask', onError: failed<string> },
        ),
      )
      .to('out', text);
    await running(builder, async (driver) => {
      const input = driver.createInputTopic('in', text);
      input.pipe('k', 'bad', { timestamp: 1 });
      input.pipe('k', 'good', { timestamp: 2 });
      await driver.settle();
      expect(values(driver)).toEqual(['GOOD']);
      expect(calls).toBe(2);
      driver.advanceWallClock(99);
      await driver.settle();
      expect(calls).toBe(2);
      driver.advanceWallClock(1);
      await driver.settle();
      expect(calls).toBe(3);
      driver.advanceWallClock(200);
      await driver.settle();
      expect(calls).toBe(4);
      expect(values(driver, 'dead')).toEqual(['bad']);
      expect(values(driver)).toEqual([]);
    });
  });

  it('sends a permanent failure to the dead letter at once', async () => {
    const { builder, stream } = words();
    stream
      .retry({ name: 'call', delaysMs: [100], deadLetter: 'dead' }, (tries) =>
        tries.mapValues((value, key, record) => failed(new StreamsError('PROCESSING', 'never'), value, key, record)),
      )
      .forEach(() => expect.unreachable('nothing but failures'));
    await running(builder, (driver) => {
      driver.createInputTopic('in', text).pipe('k', 'bad', { timestamp: 1 });
      expect(values(driver, 'dead')).toEqual(['bad']);
    });
  });
});

describe('batch', () => {
  it('closes on the number of records, or on the time of the first', async () => {
    const { builder, stream } = words();
    stream
      .groupByKey()
      .batch({ maxRecords: 2, maxWaitMs: 50 })
      .mapValues((items) => items.map(({ value }) => value).join('+'))
      .to('out', text);
    await running(builder, (driver) => {
      const input = driver.createInputTopic('in', text);
      input.pipe('k', 'a');
      input.pipe('other', 'x');
      input.pipe('k', 'b');
      expect(values(driver)).toEqual(['a+b']);
      driver.advanceWallClock(1000);
      expect(values(driver)).toEqual(['x']);
    });
  });
});

describe('dedupe', () => {
  it('drops what it saw', async () => {
    const { builder, stream } = words();
    stream.dedupe({ id: (value) => value, withinMs: 10 }).to('out', text);
    await running(builder, (driver) => {
      const input = driver.createInputTopic('in', text);
      input.pipe('k', 'a', { timestamp: 1 });
      input.pipe('k', 'a', { timestamp: 5 });
      input.pipe('k', 'b', { timestamp: 6 });
      expect(values(driver)).toEqual(['a', 'b']);
    });
  });
});

describe('sinkTo', () => {
  it('gives an external sink the records, through a topic where the path has state', async () => {
    const { builder, stream } = words();
    stream.filter((value) => value !== '-').sinkTo(nowhere, { name: 'rows' });
    const counts = builder.stream('more', text).groupByKey().count().toStream();
    counts.sinkTo(nowhere, { name: 'counts' });
    await running(builder, (driver) => {
      driver.createInputTopic('in', text).pipe('k', 'a', { timestamp: 1 });
      driver.createInputTopic('in', text).pipe('k', '-', { timestamp: 2 });
      driver.createInputTopic('more', text).pipe('k', 'x', { timestamp: 3 });
      expect(driver.readSink('rows').map(({ key, value }) => [key, value])).toEqual([['k', 'a']]);
      expect(driver.readSink('counts').map(({ value, record }) => [value, record.timestamp])).toEqual([[1, 3]]);
    });
  });
});

describe('process', () => {
  it('uses the stores it names and marks the stream for repartition', async () => {
    const { builder, stream } = words();
    builder.addStore(keyValueStore({ name: 'last', ...text }));
    stream
      .process<string, string>(
        () => {
          let last: KeyValueStore<string, string> | null = null;
          let forward: Forward<string, string> = () => undefined;
          return {
            init(context) {
              last = context.store('last');
              forward = context.forward;
            },
            process(key, value, record) {
              forward(value, `${last?.get(key) ?? 'none'} before`, record);
              last?.put(key, value);
            },
          };
        },
        { name: 'remember', stores: ['last'], ...text },
      )
      .groupByKey()
      .count({ store: 'n' });
    const topology = builder.build();
    expect(topology.plan.internalTopics.some(({ kind }) => kind === 'repartition')).toBe(true);
    expect(topology.plan.subTopologies[0]?.stores.map(({ name }) => name)).toEqual(['last']);
    await running(builder, (driver) => {
      const input = driver.createInputTopic('in', text);
      input.pipe('k', 'a');
      input.pipe('k', 'b');
      expect(driver.store<KeyValueStore<string, string>>('last').get('k')).toBe('b');
      expect(driver.store<KeyValueStore<string, number>>('n').get('b')).toBe(1);
    });
  });
});

describe('windowed keys', () => {
  it('go out as Kafka Streams writes them', async () => {
    const { builder, stream } = words();
    stream
      .groupByKey()
      .windowedBy(tumbling({ sizeMs: 10 }))
      .count()
      .toStream()
      .to('out');
    await running(builder, (driver) => {
      driver.createInputTopic('in', text).pipe('k', 'a', { timestamp: 25 });
      const [record] = driver
        .createOutputTopic('out', { key: serdes.windowed(serdes.string, 10), value: serdes.int64 })
        .readAll();
      expect(record).toMatchObject({ key: { key: 'k', window: { start: 20, end: 30 } }, value: 1, timestamp: 25 });
    });
  });
});
