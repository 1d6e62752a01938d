import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  headerText,
  serdes,
  StreamsApp,
  StreamsBuilder,
  type StreamsConfig,
  type Topology,
} from '../../../src/index.ts';
import { Cluster } from '../../../src/kafka/cluster/cluster.ts';
import { silentLogger } from '../../../src/observe/logger.ts';
import { hasAll, numbers, TestCluster, until } from './cluster.ts';
import { createPartitions } from './create-partitions.ts';

const brokers = inject('kafkaBootstrap');
const strings = { key: serdes.string, value: serdes.string };

describe.skipIf(brokers.length === 0)('topics that are not as they should be', () => {
  const cluster = new TestCluster(brokers.length > 0 ? brokers : ['127.0.0.1:1']);
  const running: StreamsApp[] = [];

  beforeAll(() => cluster.open());
  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.close()));
  });
  afterAll(() => cluster.close());

  function copying(input: string, output: string): Topology {
    const builder = new StreamsBuilder();
    builder.stream(input, strings).to(output, strings);
    return builder.build();
  }

  function make(topology: Topology, over: Partial<StreamsConfig> = {}): StreamsApp {
    const app = new StreamsApp(topology, {
      applicationId: cluster.name('app'),
      kafka: { brokers },
      stateDir: join(cluster.dir, 'state'),
      commitIntervalMs: 50,
      heartbeatIntervalMs: 100,
      ...over,
    });
    running.push(app);
    return app;
  }

  const stopped = (app: StreamsApp): Promise<void> => until('ERROR', () => app.state === 'ERROR');

  it('stops with the topic’s name when a source topic is deleted', async () => {
    const [input, output] = [await cluster.topic('in', 2), await cluster.topic('out', 2)];
    const app = make(copying(input, output));
    await app.start();
    await cluster.send(input, numbers(0, 10));
    await cluster.read(output, hasAll(numbers(0, 10)));
    await cluster.client.admin.deleteTopics([input]);
    await stopped(app);
    expect(app.error).toMatchObject({ code: 'TOPIC_MISSING', message: expect.stringContaining(input) });
  });

  it('says at its start which sink topic is missing, and names one that is deleted later', async () => {
    const [input, output] = [await cluster.topic('in'), cluster.name('nowhere')];
    const app = make(copying(input, output));
    await expect(app.start()).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
      message: expect.stringContaining(output),
    });
    await cluster.topic(output);
    const second = make(copying(input, output));
    await second.start();
    await cluster.client.admin.deleteTopics([output]);
    await cluster.send(input, ['one']);
    await stopped(second);
    expect(second.error).toMatchObject({ code: 'TOPIC_MISSING', message: expect.stringContaining(output) });
  });

  it('says at its start that the dead-letter topic is missing', async () => {
    const [input, output] = [await cluster.topic('in'), await cluster.topic('out')];
    const deadLetterTopic = cluster.name('nowhere');
    const app = make(copying(input, output), { deadLetterTopic, deserializationHandler: 'deadLetter' });
    await expect(app.start()).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
      message: expect.stringContaining(deadLetterTopic),
    });
  });

  it('takes partitions that are added to a source topic, where no state depends on their number', async () => {
    const [input, output] = [await cluster.topic('in', 2), await cluster.topic('out', 2)];
    const app = make(copying(input, output), { metadataMaxAgeMs: 100 });
    await app.start();
    await cluster.send(input, numbers(0, 50));
    await addPartitions(input, 5);
    await until('five tasks', () => app.status().tasks.length === 5 && app.state === 'RUNNING');
    await cluster.send(input, numbers(50, 200));
    await cluster.read(output, hasAll(numbers(0, 200)));
    expect(app.status().restarts).toBe(0);
  });

  it('stops with the topic’s name where state depends on the number of partitions', async () => {
    const [input, output] = [await cluster.topic('in', 2), await cluster.topic('out', 2)];
    const builder = new StreamsBuilder();
    builder
      .stream(input, strings)
      .groupByKey(strings)
      .count({ store: 'counts' })
      .toStream()
      .to(output, { key: serdes.string, value: serdes.int64 });
    const app = make(builder.build(), { metadataMaxAgeMs: 100 });
    await app.start();
    await addPartitions(input, 3);
    await stopped(app);
    expect(app.error).toMatchObject({
      code: 'PARTITIONS_MISMATCH',
      message: expect.stringContaining('counts-changelog has 2 partitions, the topology needs 3'),
    });
  });

  async function addPartitions(topic: string, count: number): Promise<void> {
    const raw = new Cluster({ brokers }, silentLogger);
    const { controllerId } = await raw.metadata([]);
    const results = await raw.send(controllerId, raw.lane('test'), createPartitions(topic, count));
    await raw.close();
    expect(results).toEqual([{ topic, errorCode: 0 }]);
  }

  describe.each([
    ['fail', null],
    ['earliest', 40],
    ['latest', 50],
  ] as const)('pain 16: records deleted before they were read, with lostOffset %s', (lostOffset, left) => {
    /** 50 records in 5 fetches, of which the group has committed the first. */
    async function prepared() {
      const [input, output, id] = [await cluster.topic('in'), await cluster.topic('out'), cluster.name('lost')];
      for (let batch = 0; batch < 50; batch += 10) await cluster.send(input, large(batch, batch + 10));
      await cluster.client.admin.commitOffsets(id, [{ topic: input, partition: 0, offset: 10, metadata: '' }]);
      const cut = (): Promise<void> => cluster.client.admin.deleteRecords([{ topic: input, partition: 0, offset: 40 }]);
      return { input, output, applicationId: id, cut };
    }

    const large = (from: number, to: number): string[] => numbers(from, to).map((n) => n.padEnd(2_000));
    const seen = async (output: string, wanted: readonly string[]): Promise<string[]> =>
      (await cluster.read(output, (all) => all.length >= wanted.length)).map(({ value }) => String(value).trim());

    it('when it starts', async () => {
      const { input, output, applicationId, cut } = await prepared();
      await cut();
      const app = make(copying(input, output), { applicationId, lostOffset });
      if (left === null) {
        await expect(app.start()).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE', coordinates: { topic: input } });
        return;
      }
      await app.start();
      await cluster.send(input, large(50, 60));
      expect(await seen(output, numbers(left, 60))).toEqual(numbers(left, 60));
      await cluster.committed(applicationId, input);
    });

    it('while it runs', async () => {
      const { input, output, applicationId, cut } = await prepared();
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const builder = new StreamsBuilder();
      builder
        .stream(input, strings)
        .mapAsync(
          async (value) => {
            await held;
            return value;
          },
          { concurrency: 1, ...strings },
        )
        .to(output, strings);
      // One fetch at a time: the next one finds its offset cut off.
      const app = make(builder.build(), { applicationId, lostOffset, inputBufferMaxBytes: 1 });
      await app.start();
      await until('a call', () => app.status().tasks[0]?.inFlight === 1);
      await cut();
      release();
      if (left === null) {
        await stopped(app);
        expect(app.error).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE', coordinates: { topic: input, offset: 20 } });
        return;
      }
      await until('the end', () => app.caughtUp());
      await cluster.send(input, large(50, 60));
      const wanted = [...numbers(10, 20), ...numbers(left, 60)];
      expect(await seen(output, wanted)).toEqual(wanted);
      await cluster.committed(applicationId, input);
    });
  });

  it('lets each handler of unreadable records have its way', async () => {
    const [input, output, dead] = [await cluster.topic('in'), await cluster.topic('out'), await cluster.topic('dead')];
    const builder = new StreamsBuilder();
    builder.stream(input, { key: serdes.string, value: serdes.json<{ n: number }>() }).to(output);
    const topology = builder.build();
    await cluster.send(input, ['{"n":1}', 'poison', '{"n":2}', 'more poison'], () => 'k');

    const failing = make(topology);
    await failing.start().catch(() => undefined);
    await stopped(failing);
    expect(failing.error).toMatchObject({
      code: 'DESERIALIZATION',
      coordinates: { topic: input, partition: 0, offset: 1 },
    });
    await failing.close();

    const going = make(topology, { deserializationHandler: 'continue' });
    await going.start();
    await cluster.committed(going.config.applicationId, input);
    expect(going.status().tasks[0]?.dropped).toEqual({ 'deserialization KSTREAM-SOURCE-0000000000': 2 });

    const telling = make(topology, { deserializationHandler: 'deadLetter', deadLetterTopic: dead });
    await telling.start();
    // The last record is unreadable: its position is committed all the same, so it is told once.
    await cluster.committed(telling.config.applicationId, input);
    await telling.close();
    const again = make(topology, {
      deserializationHandler: 'deadLetter',
      deadLetterTopic: dead,
      applicationId: telling.config.applicationId,
    });
    await again.start();
    await until('the end', () => again.caughtUp());
    const letters = await cluster.read(dead, (all) => all.length >= 2);
    expect(
      letters.map(({ key, value, headers }) => [
        key,
        String(value),
        ...['topic', 'partition', 'offset', 'exception'].map((name) => headerText(headers, `__streams.errors.${name}`)),
      ]),
    ).toEqual([
      ['k', 'poison', input, '0', '1', 'DESERIALIZATION'],
      ['k', 'more poison', input, '0', '3', 'DESERIALIZATION'],
    ]);
    expect(headerText(letters[0]?.headers ?? [], '__streams.errors.message')).toBeTruthy();
    expect(headerText(letters[0]?.headers ?? [], '__streams.errors.stacktrace')).toBeTruthy();
  });

  it('handles records that are too large for the producer, and stops on those that are too large for the broker', async () => {
    const [input, output, dead] = [await cluster.topic('in'), await cluster.topic('out'), await cluster.topic('dead')];
    const builder = new StreamsBuilder();
    builder
      .stream(input, strings)
      .mapValues((value) => (value === 'large' ? 'x'.repeat(1_100_000) : value))
      .to(output, strings);
    await cluster.send(input, ['small', 'large', 'last'], () => 'k');
    const failing = make(builder.build());
    await failing.start().catch(() => undefined);
    await stopped(failing);
    expect(failing.error).toMatchObject({ code: 'RECORD_TOO_LARGE', coordinates: { topic: input, offset: 1 } });
    const telling = make(builder.build(), { productionHandler: 'deadLetter', deadLetterTopic: dead });
    await telling.start();
    await cluster.committed(telling.config.applicationId, input);
    const letters = await cluster.read(dead, (all) => all.length >= 1);
    expect(letters.map(({ value }) => String(value))).toEqual(['large']);

    const narrow = await cluster.topic('narrow', 1, { 'max.message.bytes': '1000' });
    const other = new StreamsBuilder();
    other
      .stream(input, strings)
      .mapValues((value) => value.repeat(1_000))
      .to(narrow, strings);
    const refused = make(other.build());
    await refused.start().catch(() => undefined);
    await stopped(refused);
    expect(refused.error).toMatchObject({ code: 'RECORD_TOO_LARGE', message: expect.stringContaining(narrow) });
  });
});
