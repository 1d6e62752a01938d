import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  type ProcessingGuarantee,
  serdes,
  StreamsApp,
  StreamsBuilder,
  type Topology,
  tumbling,
} from '../../src/index.ts';
import { NO_HEADERS } from '../../src/core/record.ts';
import { partitionOf } from '../../src/kafka/wire/murmur2.ts';
import { missingTools } from '../integration/kafka/class-path.ts';
import { TestCluster, until, within } from '../integration/runtime/cluster.ts';

const brokers = inject('kafkaBootstrap');
const missing = missingTools();
if (missing !== null) console.log(`skipped: take-over with Kafka Streams (${missing})`);

const PROGRAM = resolve('test/takeover/counts');
const PARTITIONS = 2;
const RECORDS = 6_000;
const KEYS = 50;
/** Not long ago: brokers delete a window changelog's records by their own times. */
const BEGIN_MS = Date.now() - 120_000;

/** Either engine at work on the counts of `test/takeover`, under an application id. */
interface Engine {
  start(run: Run): Promise<() => Promise<void>>;
}

interface Run {
  readonly applicationId: string;
  readonly input: string;
  readonly output: string;
  readonly guarantee: ProcessingGuarantee;
  readonly stateDir: string;
}

describe.skipIf(brokers.length === 0 || missing !== null)(
  'taking an application over, with its changelogs and positions',
  () => {
    const cluster = new TestCluster(brokers.length > 0 ? brokers : ['127.0.0.1:1']);
    const processes: ChildProcess[] = [];
    const apps: StreamsApp[] = [];
    let input = '';

    const kafkaStreams: Engine = {
      start: async ({ applicationId, output, guarantee, stateDir }) => {
        const given = [brokers.join(','), applicationId, input, output, guarantee, stateDir];
        const child = spawn(PROGRAM, given, { stdio: ['pipe', 'pipe', 'inherit'] });
        processes.push(child);
        const ended = once(child, 'exit');
        const running = new Promise<void>((found) => {
          createInterface(child.stdout).on('line', (line) => {
            if (line === 'RUNNING') found();
          });
        });
        const failed = ended.then(([code]) => {
          throw new Error(`Kafka Streams ended with ${String(code)}`);
        });
        failed.catch(() => undefined);
        await within(60_000, 'start of Kafka Streams', () => Promise.race([running, failed]));
        return async () => {
          child.stdin.end();
          await within(40_000, 'end of Kafka Streams', () => ended);
        };
      },
    };

    const ours: Engine = {
      start: async ({ applicationId, output, guarantee, stateDir }) => {
        const app = new StreamsApp(countsTopology(input, output), {
          applicationId,
          kafka: { brokers },
          stateDir,
          processingGuarantee: guarantee,
          commitIntervalMs: 100,
          heartbeatIntervalMs: 300,
        });
        apps.push(app);
        await app.start();
        return () => app.close();
      },
    };

    beforeAll(async () => {
      execFileSync(PROGRAM, { stdio: 'pipe' });
      await cluster.open();
      input = await cluster.topic('in', PARTITIONS);
    }, 180_000);
    afterEach(async () => {
      for (const child of processes.splice(0)) child.kill('SIGKILL');
      await Promise.all(apps.splice(0).map((app) => app.close()));
    });
    afterAll(() => cluster.close());

    /** Records of rising time, some of them out of order, over many windows. */
    async function send(from: number, to: number): Promise<void> {
      const producer = cluster.client.producer({ lingerMs: 1 });
      await producer.init();
      for (let i = from; i < to; i++) {
        const key = Buffer.from(`key-${(i * 7919) % KEYS}`);
        const late = i % 10 === 0 ? 3_000 : 0;
        const time = BEGIN_MS + i * 5 - late;
        producer.send(input, partitionOf(key, PARTITIONS), key, Buffer.from(`v${i}`), time, NO_HEADERS);
      }
      await producer.flush();
      await producer.close();
    }

    /** Lets an engine do all that there is, and end in good order. */
    async function work(engine: Engine, run: Run): Promise<void> {
      const stop = await engine.start(run);
      await cluster.committed(run.applicationId, input, 60_000);
      await stop();
      await until('empty group', async () => {
        const { state } = await cluster.client.admin.describeGroup(run.applicationId);
        return state === 'Empty' || state === 'Dead';
      });
    }

    /** The last committed value of each key of a topic. */
    async function last(topic: string): Promise<Record<string, number>> {
      const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
      const ends = await cluster.client.admin.listOffsets(partitions, 'latest', 'read_committed');
      const values: Record<string, number> = {};
      const fetcher = cluster.client.fetcher({ maxWaitMs: 100 });
      const left = new Map(ends.filter(({ offset }) => offset > 0).map(({ partition, offset }) => [partition, offset]));
      for (const partition of left.keys()) fetcher.add(topic, partition, 0);
      while (left.size > 0) {
        await fetcher.arrival(200);
        for (const chunk of fetcher.poll()) {
          if (chunk.error) throw chunk.error;
          const { records } = chunk;
          while (records.next()) {
            values[records.key()?.toString('latin1') ?? ''] = Number(records.value()?.readBigInt64BE());
          }
          if (chunk.nextOffset >= (left.get(chunk.partition) ?? 0)) left.delete(chunk.partition);
          fetcher.release(chunk);
        }
      }
      await fetcher.close();
      return values;
    }

    /** All that an application has said and kept. */
    async function result({ applicationId, output }: Run) {
      return {
        counts: await last(output),
        windows: await last(`${output}-windows`),
        changelog: await last(`${applicationId}-counts-changelog`),
        windowChangelog: await last(`${applicationId}-window-counts-changelog`),
      };
    }

    async function newRun(guarantee: ProcessingGuarantee): Promise<Run> {
      const [applicationId, output] = [cluster.name('take'), cluster.name('out')];
      await cluster.topic(output, PARTITIONS);
      await cluster.topic(`${output}-windows`, PARTITIONS);
      return { applicationId, input, output, guarantee, stateDir: join(cluster.dir, applicationId) };
    }

    const guarantees = ['at_least_once', 'exactly_once_v2'] as const;
    const directions = [
      ['we go on where Kafka Streams stopped', kafkaStreams, ours],
      ['Kafka Streams goes on where we stopped', ours, kafkaStreams],
      ['we go on after Kafka Streams after us', ours, kafkaStreams, ours],
    ] as const;

    it('ends with the counts of Kafka Streams alone, whoever began', async () => {
      const takeOvers = [];
      for (const guarantee of guarantees) {
        for (const [name, ...engines] of directions) takeOvers.push({ name, engines, run: await newRun(guarantee) });
      }
      for (const [part, to] of [RECORDS / 3, (RECORDS * 2) / 3, RECORDS].entries()) {
        await send((part * RECORDS) / 3, to);
        for (const { engines, run } of takeOvers) {
          const engine = part < engines.length ? engines[part] : engines.at(-1);
          if (engine)
            await work(engine, { ...run, stateDir: `${run.stateDir}-${engine === ours ? 'ours' : 'theirs'}` });
        }
      }
      const alone = await newRun('at_least_once');
      await work(kafkaStreams, alone);
      const expected = await result(alone);
      expect(Object.keys(expected.counts)).toHaveLength(KEYS);
      expect(Object.values(expected.counts).reduce((sum, count) => sum + count, 0)).toBe(RECORDS);
      for (const { name, run } of takeOvers) {
        expect.soft({ name, guarantee: run.guarantee, ...(await result(run)) }).toEqual({
          name,
          guarantee: run.guarantee,
          ...expected,
        });
      }
    }, 300_000);
  },
);

function countsTopology(input: string, output: string): Topology {
  const strings = { key: serdes.string, value: serdes.string };
  const counts = { key: serdes.string, value: serdes.int64 };
  const builder = new StreamsBuilder();
  const grouped = builder.stream(input, strings).groupByKey(strings);
  grouped.count({ store: 'counts' }).toStream().to(output, counts);
  grouped
    .windowedBy(tumbling({ sizeMs: 1_000, graceMs: 86_400_000 }))
    .count({ store: 'window-counts' })
    .toStream((_count, key) => `${key.key}@${key.window.start}`)
    .to(`${output}-windows`, counts);
  return builder.build();
}
