import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { serdes, StreamsBuilder, type Processor, type Topology } from '../../src/index.ts';
import type { KafkaClient, Producer } from '../../src/kafka/client.ts';
import { TopologyTestDriver } from '../../src/testing/topology-test-driver.ts';
import { startInstance, until } from './instance.ts';

const text = { key: serdes.string, value: serdes.string };

/** Writes down what time it is, as seen by an extractor, an operator and a punctuator. */
function watched(log: string[]): Topology {
  const watch = (): Processor<string | null, string | null> => ({
    init: (context) => {
      log.push(`begins at ${context.streamTime()}`);
      context.schedule(10, 'STREAM_TIME', (at) => log.push(`punctuated at ${at}`));
    },
    process: (_key, value, record) => {
      log.push(`${value} at ${record.timestamp}`);
    },
  });
  const builder = new StreamsBuilder();
  builder
    .stream('in', {
      ...text,
      timestampExtractor: (_key, value, record, partitionTimeMs) => {
        log.push(`before ${value} it was ${partitionTimeMs}`);
        return record.timestamp;
      },
    })
    .process(watch);
  return builder.build();
}

const BEFORE = ['begins at -1', 'before a it was -1', 'a at 25', 'punctuated at 25'];
/** A stream-time schedule begins anew with its task, and is due at once where stream time is known: as in Kafka Streams. */
const AFTER = ['begins at 25', 'punctuated at 25', 'before b it was 25', 'b at 27', 'before c it was 27', 'c at 31'];

describe('time after a restart', () => {
  let broker: EmbeddedBroker;
  let client: KafkaClient;
  let producer: Producer;
  let stateDir: string;

  beforeEach(async () => {
    broker = new EmbeddedBroker();
    client = embeddedClient(broker);
    await client.connect();
    await client.admin.createTopics([{ name: 'in', partitions: 1, replicationFactor: 1 }]);
    producer = client.producer({ lingerMs: 0 });
    await producer.init();
    stateDir = await mkdtemp(join(tmpdir(), 'time-after-restart-'));
  });
  afterEach(async () => {
    await producer.close();
    await client.close();
    await rm(stateDir, { recursive: true, force: true });
  });

  it.each(['at_least_once', 'exactly_once_v2'] as const)(
    'goes on where the last commit left it: %s',
    async (processingGuarantee) => {
      const run = async (
        records: readonly (readonly [string, number])[],
        atOnce: number,
        lines: number,
      ): Promise<string[]> => {
        const log: string[] = [];
        const app = await startInstance(broker, watched(log), 'p', { stateDir, processingGuarantee });
        await until('beginning', () => log.length >= atOnce);
        for (const [value, time] of records) producer.send('in', 0, null, Buffer.from(value), time, []);
        await producer.flush();
        await until('last line', () => log.length >= lines);
        const [end] = await client.admin.listOffsets([{ topic: 'in', partition: 0 }], 'latest');
        await until('commit', async () => {
          const [committed] = await client.admin.fetchOffsets('app', [{ topic: 'in', partition: 0 }]);
          return committed?.offset === end?.offset;
        });
        await app.stop();
        return log;
      };
      expect(await run([['a', 25]], 1, 4)).toEqual(BEFORE);
      const second = [
        ['b', 27],
        ['c', 31],
      ] as const;
      expect(await run(second, 2, 7)).toEqual([...AFTER, 'punctuated at 31']);
      // What was committed without a new record keeps the time as well.
      expect(await run([], 2, 2)).toEqual(['begins at 31', 'punctuated at 31']);
    },
  );

  it('goes on in the test driver after a crash too', async () => {
    const log: string[] = [];
    const driver = await TopologyTestDriver.create(watched(log));
    const input = driver.createInputTopic('in', text);
    input.pipe(null, 'a', { timestamp: 25 });
    expect(log.splice(0)).toEqual(BEFORE);
    await driver.crash();
    input.pipe(null, 'b', { timestamp: 27 });
    input.pipe(null, 'c', { timestamp: 31 });
    expect(log).toEqual([...AFTER, 'punctuated at 31']);
    await driver.close();
  });
});
