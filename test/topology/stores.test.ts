import { describe, expect, it } from 'vitest';
import { NO_HEADERS } from '../../src/core/record.ts';
import { serdes, sessionStore, type SessionStore, StreamsBuilder, versionedKeyValueStore } from '../../src/index.ts';
import type { VersionedKeyValueStore } from '../../src/index.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';

const text = { key: serdes.string, value: serdes.string };

describe('a store that a processor asks for', () => {
  it('keeps sessions by key, start and end, also over a crash', async () => {
    const builder = new StreamsBuilder();
    builder.addStore(sessionStore({ name: 'visits', ...text, retentionMs: 10_000 }));
    builder.stream('clicks', text).process<string, string>(
      () => {
        let visits: SessionStore<string, string> | undefined;
        return {
          init: (context) => void (visits = context.store('visits')),
          process: (key, value, record) => {
            const { timestamp } = record;
            visits?.put({ key, window: { start: timestamp, end: timestamp + 100 } }, value, record);
          },
        };
      },
      { stores: ['visits'] },
    );
    const driver = await TopologyTestDriver.create(builder.build());
    const clicks = driver.createInputTopic('clicks', text);
    clicks.pipe('ann', 'home', { timestamp: 1_000 });
    clicks.pipe('ann', 'cart', { timestamp: 5_000 });
    await driver.crash();
    const found = driver.store<SessionStore<string, string>>('visits').findSessions('ann', 4_000, 9_000);
    expect([...found]).toEqual([[{ key: 'ann', window: { start: 5_000, end: 5_100 } }, 'cart']]);
    await driver.close();
  });

  it('keeps versions by key and time', async () => {
    const builder = new StreamsBuilder();
    builder.addStore(versionedKeyValueStore({ name: 'prices', ...text, historyRetentionMs: 10_000 }));
    builder.stream('in', text).process(() => ({ process: () => undefined }), { stores: ['prices'] });
    const driver = await TopologyTestDriver.create(builder.build());
    const prices = driver.store<VersionedKeyValueStore<string, string>>('prices');
    const at = (timestamp: number) => ({ topic: 'in', partition: 0, offset: 0, timestamp, headers: NO_HEADERS });
    prices.put('tea', '2', at(1_000));
    prices.put('tea', '3', at(2_000));
    expect(prices.getAsOf('tea', 1_500)?.value).toBe('2');
    expect(prices.get('tea')).toBe('3');
    await driver.close();
  });
});
