import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StreamsError } from '../../src/core/errors.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import type { Fault } from '../../src/embedded/intercept.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import { createMetricsRegistry } from '../../src/observe/metrics.ts';
import { SourceRunner } from '../../src/runtime/source-runner.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import type { SourceConnector } from '../../src/sources/source.ts';

const COUNT = 'count';

/** Counts up to a number, in batches of ten; where it stands is one entry of its state. */
function counting(
  to: number,
  before: (n: number) => Promise<void> | void = () => undefined,
): SourceConnector<string, string> {
  return {
    description: 'numbers',
    open: (state) => {
      let n = Number(state.get(COUNT)?.toString() ?? 0);
      return {
        poll: async () => {
          await before(n);
          const first = n;
          n = Math.min(to, n + 10);
          const numbers = Array.from({ length: n - first }, (_, i) => String(first + i));
          return {
            records: numbers.map((text) => ({ key: text, value: `value ${text}`, timestamp: 1_000 })),
            state: new Map<string, Buffer | null>(n === first ? [] : [[COUNT, Buffer.from(String(n))]]),
            more: n < to,
            behindMs: 0,
          };
        },
        close: async () => undefined,
      };
    },
  };
}

describe('a source that runs', () => {
  let broker: EmbeddedBroker;
  let client: KafkaClient;
  const runners: SourceRunner[] = [];
  beforeEach(async () => {
    broker = new EmbeddedBroker();
    client = embeddedClient(broker, { requestTimeoutMs: 50 });
    await client.connect();
    await client.admin.createTopics([{ name: 'raw', partitions: 3, replicationFactor: -1 }]);
  });
  afterEach(async () => {
    for (const runner of runners.splice(0)) await runner.close();
    await client.close();
  });

  const start = (source: SourceConnector<string, string>, topic = 'raw'): SourceRunner => {
    const plan = { source, topic, key: serdes.string, value: serdes.string, pollIntervalMs: 5 };
    const runner = new SourceRunner({
      applicationId: 'poller',
      plan,
      client,
      registry: null,
      logger: silentLogger,
      metrics: createMetricsRegistry(),
    });
    runners.push(runner);
    return runner;
  };
  /** Values that readers of committed records see, when there are so many. */
  const values = async (count: number): Promise<number[]> => {
    const fetcher = client.fetcher();
    for (const partition of [0, 1, 2]) fetcher.add('raw', partition, 0);
    const found: number[] = [];
    for (let quiet = 0; quiet < 3;) {
      await fetcher.arrival(found.length < count ? 2_000 : 20);
      const chunks = fetcher.poll();
      if (chunks.length === 0) quiet++;
      for (const chunk of chunks) {
        while (chunk.records.next()) found.push(Number(chunk.records.value()?.toString().slice('value '.length)));
        fetcher.release(chunk);
      }
    }
    await fetcher.close();
    return found.sort((a, b) => a - b);
  };
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

  it('writes what it reads, and goes on where it was when it is started again', async () => {
    const first = start(counting(25));
    const running = first.run();
    expect(await values(25)).toEqual(upTo(25));
    await first.close();
    await running;
    const second = start(counting(40));
    void second.run();
    expect(await values(40)).toEqual(upTo(40));
    expect(second.records).toBe(15);
    expect(second.healthy).toBe(true);
  });

  it('writes everything once when polls, sends and commits fail, answered or not', async () => {
    let polls = 0;
    const runner = start(
      counting(300, () => {
        if (++polls % 7 === 0) throw new StreamsError('SOURCE_UNAVAILABLE', 'on demand');
      }),
    );
    let requests = 0;
    const faults: readonly Fault[] = [{ kind: 'drop' }, { kind: 'dropReply' }];
    broker.intercept = () => (++requests % 11 === 0 ? (faults[(requests / 11) % 2] ?? null) : null);
    void runner.run();
    expect(await values(300)).toEqual(upTo(300));
  }, 30_000);

  it('shows nothing of a batch whose transaction did not commit, and reads it again', async () => {
    const dying = start(
      counting(20, (n) => {
        if (n === 10) throw new Error('the process dies');
      }),
    );
    await expect(dying.run()).rejects.toThrow('the process dies');
    expect(await values(10)).toEqual(upTo(10));
    // What a process leaves that is killed in the middle of a transaction.
    const killed = client.producer({ transactionalId: 'poller' });
    await killed.init();
    killed.beginTransaction();
    killed.send('raw', 0, null, Buffer.from('value 999'), 1_000, []);
    killed.send('poller-source-state', 0, Buffer.from(COUNT), Buffer.from('999'), 1_000, []);
    await killed.flush();
    void start(counting(20)).run();
    expect(await values(20)).toEqual(upTo(20));
  });

  it('ends when another one of its name starts', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const old = start(counting(30, (n) => (n === 10 ? held : undefined)));
    const running = old.run();
    await values(10);
    void start(counting(30)).run();
    expect(await values(30)).toEqual(upTo(30));
    release();
    await expect(running).rejects.toMatchObject({ code: 'FENCED' });
    expect(await values(30)).toEqual(upTo(30));
  });

  it('says that its topic is not there', async () => {
    await expect(start(counting(1), 'none').run()).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  });
});
