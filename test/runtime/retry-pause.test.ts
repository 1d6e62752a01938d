import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { serdes, StreamsApp, StreamsBuilder } from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { createMetricsRegistry } from '../../src/observe/metrics.ts';
import { RETRY_HEADERS } from '../../src/processors/retry-headers.ts';

const NEW = 120;
const RETRIES = 20;
const patience = { timeout: 20_000 };
const strings = { key: serdes.string, value: serdes.string };

describe('an application whose input is far behind', () => {
  let client: KafkaClient;
  let broker: EmbeddedBroker;
  let dir: string;
  let app: StreamsApp | null = null;
  beforeEach(async () => {
    broker = new EmbeddedBroker();
    client = embeddedClient(broker);
    await client.connect();
    await client.admin.createTopics(
      ['in', 'again', 'dead', 'out'].map((name) => ({ name, partitions: 1, replicationFactor: 1 })),
    );
    dir = await mkdtemp(join(tmpdir(), 'retry-pause-'));
  });
  afterEach(async () => {
    await app?.close();
    await client.close();
    await rm(dir, { recursive: true });
  });

  it('takes its retries, all of them due, only when few new records are left, and says so meanwhile', async () => {
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    const due = { key: RETRY_HEADERS.due, value: Buffer.from('1') };
    // The retries are older, and would be first by their time.
    for (let i = 0; i < RETRIES; i++) producer.send('again', 0, null, Buffer.from('retry'), 1 + i, [due]);
    for (let i = 0; i < NEW; i++) producer.send('in', 0, null, Buffer.from('new'), 1_000 + i, []);
    await producer.flush();
    await producer.close();

    const seen: string[] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const builder = new StreamsBuilder();
    const retry = {
      name: 'call',
      delaysMs: [1],
      topics: ['again'],
      deadLetter: 'dead',
      pauseAboveLag: 60,
      ...strings,
    };
    builder
      .stream('in', strings)
      .retry(retry, (tries) =>
        tries.mapAsync(
          async (value) => {
            seen.push(value);
            if (seen.length === 20) await gate;
            return value;
          },
          { name: 'ask', concurrency: 1, ...strings },
        ),
      )
      .to('out', strings);
    const metrics = createMetricsRegistry();
    const own = embeddedClient(broker);
    await own.connect();
    app = new StreamsApp(builder.build(), {
      applicationId: 'app',
      kafka: { client: own },
      stateDir: dir,
      commitIntervalMs: 20,
      metrics,
    });
    await app.start();
    // In the middle of the new records, before the bound: the retries wait, and the application is well.
    await expect.poll(() => seen.length, patience).toBe(20);
    const task = app.status().tasks[0];
    expect(task).toMatchObject({ retriesPaused: true, delayed: RETRIES });
    expect(app.readiness()).toEqual({ ready: true });
    const shown = await metrics.metrics();
    expect(shown).toMatch(/kafka_streams_stream_task_metrics_retries_paused\{.*\} 1/);
    expect(shown).toMatch(new RegExp(`kafka_streams_stream_task_metrics_delayed_records\\{.*\\} ${RETRIES}`));
    open();
    await expect.poll(() => seen.length, patience).toBe(NEW + RETRIES);
    await expect.poll(() => app?.status().tasks[0]?.sent, patience).toBe(NEW + RETRIES);
    // They came in at half of the bound, and none was lost.
    expect(seen.indexOf('retry')).toBeGreaterThanOrEqual(NEW - 30);
    expect(seen.filter((value) => value === 'retry')).toHaveLength(RETRIES);
    expect(app.status().tasks[0]).toMatchObject({ retriesPaused: false, delayed: 0 });
    const text = await metrics.metrics();
    const labels = (topic: string): string => `{topic="${topic}",partition="0",consumer_group="app"}`;
    expect(text).toContain(`messages_consumed_total${labels('in')} ${NEW}`);
    expect(text).toContain(`messages_consumed_total${labels('again')} ${RETRIES}`);
    expect(text).toContain(`messages_produced_total${labels('out')} ${NEW + RETRIES}`);
    expect(text).toContain(`consumer_lag${labels('in')} 0`);
  }, 60_000);
});
