import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseClaimxConfig } from '../../../src/apps/claimx/config.ts';
import { eventhouseSource } from '../../../src/apps/claimx/eventhouse.ts';
import { type RawEvent, rawEventSerde } from '../../../src/apps/claimx/raw-event.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { EmbeddedBroker } from '../../../src/embedded/broker.ts';
import { embeddedClient } from '../../../src/embedded/client.ts';
import { EmbeddedRegistry } from '../../../src/embedded/registry.ts';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import { silentLogger } from '../../../src/observe/logger.ts';
import { createMetricsRegistry } from '../../../src/observe/metrics.ts';
import { SourceRunner } from '../../../src/runtime/source-runner.ts';
import { openLake } from '../../../src/sinks/lake/open-lake.ts';
import { FakeKusto } from '../../sources/kql/fake-kusto.ts';

const TOPIC = 'claimx.events.raw';

describe('the Eventhouse of claimx', () => {
  const registry = new EmbeddedRegistry();
  let kusto: FakeKusto;
  let client: KafkaClient;
  let runner: SourceRunner | null = null;
  beforeEach(async () => {
    kusto = await FakeKusto.start();
    client = embeddedClient(new EmbeddedBroker());
    await client.connect();
    await client.admin.createTopics([{ name: TOPIC, partitions: 2, replicationFactor: -1 }]);
  });
  afterEach(async () => {
    await runner?.close();
    await client.close();
    await kusto.close();
  });

  const planOf = (eventhouse: Record<string, unknown>) =>
    eventhouseSource({
      config: parseClaimxConfig({ eventhouse }),
      logger: silentLogger,
      metrics: createMetricsRegistry(),
      clock: systemClock,
      openLake: (uri) => openLake(uri),
      azure: { getToken: async () => ({ token: 'none', expiresOnTimestamp: Infinity }) },
      onClose: () => undefined,
      readiness: () => undefined,
    });

  /** What the ingester would read, after so many records came. */
  const poll = async (count: number, settings: Record<string, unknown> = {}): Promise<RawEvent[]> => {
    const plan = planOf({ cluster: kusto.url, database: 'claims', start: '2026-01-01T00:00:00Z', ...settings });
    runner = new SourceRunner({
      applicationId: 'claimx-eventhouse-poller',
      plan,
      client,
      registry,
      logger: silentLogger,
      metrics: createMetricsRegistry(),
    });
    void runner.run();
    const use = { topic: TOPIC, role: 'value', direction: 'read', registry } as const;
    const serde = (await rawEventSerde().prepare?.(use)) ?? rawEventSerde();
    const fetcher = client.fetcher();
    fetcher.add(TOPIC, 0, 0);
    fetcher.add(TOPIC, 1, 0);
    const values: Buffer[] = [];
    while (values.length < count) {
      await fetcher.arrival(1_000);
      for (const chunk of fetcher.poll()) {
        while (chunk.records.next()) values.push(chunk.records.value() ?? Buffer.alloc(0));
        fetcher.release(chunk);
      }
    }
    await fetcher.close();
    return Promise.all(
      values.map(async (bytes) => {
        try {
          return serde.deserialize(TOPIC, bytes);
        } catch (needed) {
          await serde.recover?.(needed as Parameters<NonNullable<typeof serde.recover>>[0]);
          return serde.deserialize(TOPIC, bytes);
        }
      }),
    );
  };
  const window = { windowMs: 10 * 365 * 86_400_000 };

  it.each(['json', 'avro'])(
    'brings events to the ingester as %s, and what is none to its dead letters',
    async (format) => {
      const at = '2026-01-02T03:04:05.1234567Z';
      const good = { event_type: 'PROJECT_CREATED', raw_data: { a: [1] } };
      kusto.rows.push({ at, row: { event_id: 'e1', ProjectId: 'p1', ...good } });
      kusto.rows.push({ at, row: { event_id: 'e2', ProjectId: null, ...good } });
      const raw = await poll(2, { format, columns: { project_id: 'ProjectId' }, ...window });
      const event = raw.find(({ kind }) => kind === 'event');
      expect(event).toMatchObject({
        event: {
          event_id: 'e1',
          project_id: 'p1',
          ingested_at: Date.parse('2026-01-02T03:04:05.123Z'),
          media_id: null,
          raw_data: '{"a":[1]}',
        },
      });
      expect(raw.find(({ kind }) => kind === 'malformed')).toMatchObject({
        reason: expect.stringContaining('project_id'),
      });
    },
  );

  it('brings each event once in spite of faults', async () => {
    const ids = Array.from({ length: 60 }, (_, i) => `event ${String(i).padStart(3, '0')}`);
    ids.forEach((id, i) => {
      const at = `2026-01-02T03:04:${String(i % 6).padStart(2, '0')}.5Z`;
      kusto.rows.push({ at, row: { event_id: id, event_type: 'PROJECT_CREATED', project_id: 'p' } });
    });
    kusto.faults.push({ cut: 'body' }, { partial: true }, null, { status: 503 }, { cut: 'connection' }, null, {
      status: 429,
    });
    const raw = await poll(60, { pageRows: 7, ...window });
    expect(raw.map((event) => (event.kind === 'event' ? event.event.event_id : '')).sort()).toEqual(ids);
  });

  it('is not polled where it is not configured', () => {
    expect(() => planOf({})).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
