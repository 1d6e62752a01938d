import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventhouseSource } from '../../../src/apps/xact/eventhouse.ts';
import { parseXactConfig } from '../../../src/apps/xact/config.ts';
import { readJson } from '../../../src/apps/xact/raw-event.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import { silentLogger } from '../../../src/observe/logger.ts';
import { createMetricsRegistry } from '../../../src/observe/metrics.ts';
import { openLake } from '../../../src/sinks/lake/open-lake.ts';
import { embeddedClient } from '../../../src/embedded/client.ts';
import { EmbeddedBroker } from '../../../src/embedded/broker.ts';
import { SourceRunner } from '../../../src/runtime/source-runner.ts';
import { FakeKusto } from '../../sources/kql/fake-kusto.ts';

const TOPIC = 'xact.events.raw';

const planOf = (eventhouse: Record<string, unknown>) =>
  eventhouseSource({
    config: parseXactConfig({ eventhouse }),
    logger: silentLogger,
    metrics: createMetricsRegistry(),
    clock: systemClock,
    openLake: (uri) => openLake(uri),
    azure: { getToken: async () => ({ token: 'none', expiresOnTimestamp: Infinity }) },
    onClose: () => undefined,
    readiness: () => undefined,
  });

describe('the Eventhouse of xact', () => {
  let kusto: FakeKusto;
  let client: KafkaClient;
  beforeEach(async () => {
    client = embeddedClient(new EmbeddedBroker());
    kusto = await FakeKusto.start();
    await client.connect();
    await client.admin.createTopics([{ name: TOPIC, partitions: 1, replicationFactor: -1 }]);
  });
  afterEach(async () => {
    await client.close();
    await kusto.close();
  });

  it('brings rows with their attachments to the event ingester', async () => {
    const at = '2026-01-02T03:04:05.1234567Z';
    const row = { trace_id: 't1', event_type: 'a.documentsReceived', Links: ['https://x/a.jpg'], payload: { a: 1 } };
    kusto.rows.push({ at, row });
    const runner = new SourceRunner({
      applicationId: 'xact-eventhouse-poller',
      plan: planOf({
        cluster: kusto.url,
        database: 'claims',
        start: '2026-01-01T00:00:00Z',
        windowMs: 10 * 365 * 86_400_000,
        columns: { attachments: 'Links' },
      }),
      client,
      registry: null,
      logger: silentLogger,
      metrics: createMetricsRegistry(),
    });
    void runner.run();
    const fetcher = client.fetcher();
    fetcher.add(TOPIC, 0, 0);
    let value: Buffer | null = null;
    while (value === null) {
      await fetcher.arrival(1_000);
      for (const chunk of fetcher.poll()) {
        while (chunk.records.next()) value = chunk.records.value();
        fetcher.release(chunk);
      }
    }
    await fetcher.close();
    await runner.close();
    expect(readJson(value)).toMatchObject({
      kind: 'event',
      event: {
        trace_id: 't1',
        timestamp: Date.parse('2026-01-02T03:04:05.123Z'),
        attachments: ['https://x/a.jpg'],
        payload: '{"a":1}',
      },
    });
  });

  it('is not polled where it is not configured', () => {
    expect(() => planOf({})).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('apps.xact.eventhouse') }),
    );
  });
});
