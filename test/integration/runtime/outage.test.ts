import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serdes, StreamsApp, StreamsBuilder } from '../../../src/index.ts';
import { silentLogger } from '../../../src/observe/logger.ts';
import { missingTools } from '../kafka/class-path.ts';
import type { Broker } from '../kafka/broker.ts';
import { startJavaBroker } from '../kafka/java-broker.ts';
import { hasAll, numbers, TestCluster, until } from './cluster.ts';

const strings = { key: serdes.string, value: serdes.string };

describe.skipIf(missingTools() !== null)('a broker that is killed', () => {
  let broker: Broker;
  let cluster: TestCluster;
  const rejections: unknown[] = [];
  const note = (error: unknown): number => rejections.push(error);

  beforeAll(async () => {
    broker = await startJavaBroker();
    cluster = new TestCluster(broker.bootstrap);
    await cluster.open();
    process.on('unhandledRejection', note);
  }, 100_000);
  afterAll(async () => {
    process.off('unhandledRejection', note);
    await cluster.close();
    await broker.stop();
  });

  it(
    'is waited for: the application is RUNNING again by itself, and nothing is lost',
    { timeout: 90_000 },
    async () => {
      const [input, output, counts] = [
        await cluster.topic('in', 3),
        await cluster.topic('out', 3),
        await cluster.topic('counts', 3),
      ];
      const builder = new StreamsBuilder();
      const records = builder.stream(input, strings);
      records.to(output, strings);
      records
        .groupBy((value) => `w${Number(value) % 10}`, { key: serdes.string, name: 'by-word' })
        .count({ store: 'counts' })
        .toStream()
        .to(counts, { key: serdes.string, value: serdes.int64 });
      const loud: unknown[] = [];
      const hear = (...line: unknown[]): void => {
        loud.push(line);
      };
      const app = new StreamsApp(builder.build(), {
        applicationId: 'outage',
        kafka: { brokers: broker.bootstrap },
        stateDir: join(cluster.dir, 'state'),
        commitIntervalMs: 100,
        sessionTimeoutMs: 6_000,
        heartbeatIntervalMs: 300,
        logger: { ...silentLogger, warn: hear, error: hear },
      });
      await app.start();
      await cluster.send(input, numbers(0, 2_000));
      await cluster.read(output, (read) => read.length > 0);
      for (const outage of [0, 1]) {
        const more = cluster.send(input, numbers(2_000 + outage * 2_000, 4_000 + outage * 2_000));
        await broker.kill();
        await until('the loss of the connection', () => !app.connected);
        await broker.restart();
        await more;
        await cluster.committed('outage', input);
        await until('RUNNING', () => app.state === 'RUNNING');
      }
      const values = numbers(0, 6_000);
      await cluster.read(output, hasAll(values));
      const wanted = new Map(Array.from({ length: 10 }, (_, i) => [`w${i}`, 600]));
      for (const [word, count] of await cluster.counts(counts, wanted)) {
        expect.soft([word, count >= 600]).toEqual([word, true]);
      }
      expect(rejections).toEqual([]);
      expect(loud.length).toBeLessThan(12);
      await app.close();
      expect(app.state).toBe('NOT_RUNNING');
    },
  );

  it(
    'does not keep a close from ending within its time-out, which names what was not committed',
    { timeout: 90_000 },
    async () => {
      const [input, output] = [await cluster.topic('in', 3), await cluster.topic('out', 3)];
      const builder = new StreamsBuilder();
      builder.stream(input, strings).to(output, strings);
      const said: unknown[] = [];
      rejections.length = 0;
      const make = (commitIntervalMs: number): StreamsApp =>
        new StreamsApp(builder.build(), {
          applicationId: 'closed-in-an-outage',
          kafka: { brokers: broker.bootstrap },
          stateDir: join(cluster.dir, 'closed'),
          commitIntervalMs,
          sessionTimeoutMs: 6_000,
          logger: { ...silentLogger, warn: (fields: unknown, text?: string) => void said.push([text, fields]) },
        });
      const app = make(600_000);
      await app.start();
      const values = numbers(0, 300);
      await cluster.send(input, values);
      await cluster.read(output, hasAll(values));
      await broker.kill();
      const begun = performance.now();
      await app.close({ timeoutMs: 3_000 });
      const tookMs = performance.now() - begun;
      await broker.restart();
      expect(tookMs).toBeLessThan(4_000);
      expect(app.state).toBe('NOT_RUNNING');
      expect(said).toContainEqual([
        expect.stringContaining('closed without a last commit'),
        expect.objectContaining({ tasks: expect.arrayContaining(['0_0', '0_1', '0_2']) as string[] }),
      ]);
      // At least once: whoever goes on does it again.
      const next = make(100);
      await next.start();
      await cluster.committed('closed-in-an-outage', input);
      await next.close();
      expect(rejections).toEqual([]);
    },
  );
});
