import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { serdes, StreamsApp, StreamsBuilder, type KafkaClient, type StreamsConfig } from '../../src/index.ts';

const strings = { key: serdes.string, value: serdes.string };

describe('the metrics of an application', () => {
  let dir: string;
  let client: KafkaClient;
  let app: StreamsApp | null = null;
  const broker = new EmbeddedBroker();

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'metrics-'));
    client = embeddedClient(broker);
    await client.connect();
    await client.admin.createTopics(['in', 'out'].map((name) => ({ name, partitions: 1, replicationFactor: 1 })));
  });
  afterEach(async () => {
    await app?.close();
    await client.admin.deleteTopics(['in', 'out']);
    await client.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** Counts three words; answers each metric's value by name and labels. */
  async function measured(over: Partial<StreamsConfig> = {}): Promise<Map<string, number>> {
    const builder = new StreamsBuilder();
    builder
      .stream('in', { ...strings, name: 'words' })
      .filter((word) => word !== 'x', { name: 'known' })
      .groupByKey(strings)
      .count({ store: 'counts', name: 'count' })
      .toStream({ name: 'changes' })
      .to('out', { key: serdes.string, value: serdes.int64, name: 'result' });
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    for (const word of ['a', 'b', 'x']) {
      producer.send('in', 0, Buffer.from('k'), Buffer.from(word), Date.now() - 1_000, []);
    }
    await producer.flush();
    await producer.close();
    app = new StreamsApp(builder.build(), {
      applicationId: `app-${over.metricsRecordingLevel ?? 'info'}`,
      kafka: { client },
      stateDir: dir,
      commitIntervalMs: 20,
      ...over,
    });
    await app.start();
    for (const end = Date.now() + 10_000; !(await app.caughtUp());) {
      if (Date.now() > end) throw new Error('not through within 10 s');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const lines = (await app.metrics.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  }

  const TASK = 'application_id="app-info",task_id="0_0"';
  const THREAD = 'application_id="app-info",thread_id="1"';

  it('have Kafka Streams’ names: client, thread, task, nodes at the ends, lag', async () => {
    const found = await measured();
    const value = (name: string): number | undefined => found.get(name);
    expect(value('kafka_streams_stream_metrics_client_state{application_id="app-info"}')).toBe(2);
    expect(value('kafka_streams_stream_metrics_alive_stream_threads{application_id="app-info"}')).toBe(1);
    expect(value(`kafka_streams_stream_thread_metrics_process_total{${THREAD}}`)).toBe(3);
    expect(value(`kafka_streams_stream_thread_metrics_commit_total{${THREAD}}`)).toBeGreaterThan(0);
    expect(value(`kafka_streams_stream_thread_metrics_commit_latency_max{${THREAD}}`)).toBeGreaterThan(0);
    expect(value(`kafka_streams_stream_thread_metrics_task_created_total{${THREAD}}`)).toBe(1);
    expect(value(`kafka_streams_stream_thread_metrics_blocked_time_ns_total{${THREAD}}`)).toBeGreaterThan(0);
    expect(value(`kafka_streams_stream_task_metrics_process_total{${TASK}}`)).toBe(3);
    expect(value(`kafka_streams_stream_task_metrics_active_buffer_count{${TASK}}`)).toBe(0);
    const node = (name: string, id: string): number | undefined =>
      value(`kafka_streams_stream_processor_node_metrics_${name}{${TASK},processor_node_id="${id}"}`);
    expect([node('process_total', 'words'), node('process_total', 'result')]).toEqual([3, 1]);
    expect(node('process_total', 'known')).toBeUndefined();
    for (const kind of ['avg', 'min', 'max']) {
      expect(node(`record_e2e_latency_${kind}`, 'words')).toBeGreaterThanOrEqual(1_000);
      expect(node(`record_e2e_latency_${kind}`, 'result')).toBeLessThan(60_000);
    }
    const lag = 'kafka_consumer_consumer_fetch_manager_metrics_records_lag';
    expect(value(`${lag}{application_id="app-info",topic="in",partition="0"}`)).toBe(0);
    const cache = 'kafka_streams_stream_record_cache_metrics';
    expect(value(`${cache}_misses_total{${TASK},record_cache_id="counts"}`)).toBe(1);
    expect(value(`${cache}_hits_total{${TASK},record_cache_id="counts"}`)).toBe(1);
    const state = 'kafka_streams_stream_state_metrics';
    expect(value(`${state}_uncommitted_bytes{${TASK},state_id="counts"}`)).toBe(0);
    expect(found.has(`${state}_live_sst_files_size{${TASK},state_id="counts"}`)).toBe(true);
    expect([...found.keys()].filter((name) => name.includes('_put'))).toEqual([]);
  });

  it('also tell each node and each access to a store at the level debug', async () => {
    const found = await measured({ metricsRecordingLevel: 'debug' });
    const task = TASK.replace('app-info', 'app-debug');
    const nodes = 'kafka_streams_stream_processor_node_metrics_process_total';
    expect(found.get(`${nodes}{${task},processor_node_id="known"}`)).toBe(3);
    expect(found.get(`${nodes}{${task},processor_node_id="count"}`)).toBe(2);
    const state = 'kafka_streams_stream_state_metrics';
    expect(found.get(`${state}_put_total{${task},state_id="counts"}`)).toBe(2);
    expect(found.get(`${state}_put_latency_avg{${task},state_id="counts"}`)).toBeGreaterThan(0);
    expect(found.get(`kafka_streams_stream_task_metrics_record_lateness_max{${task}}`)).toBeGreaterThanOrEqual(0);
  });

  it('are gone when the application is closed', async () => {
    await measured();
    const registry = app?.metrics;
    await app?.close();
    expect((await registry?.metrics())?.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });
});
