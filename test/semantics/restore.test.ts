import { expect, it } from 'vitest';
import { serdes } from '../../src/serdes/serdes.ts';
import type { ReadOnlyKeyValueStore } from '../../src/state/store.ts';
import { TopologyTestDriver } from '../../src/testing/topology-test-driver.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import { text } from './driven.ts';

it('rule 35: a table whose source topic is its changelog is restored from bytes that its handler may have skipped', async () => {
  const builder = new StreamsBuilder();
  const json = { key: serdes.string, value: serdes.json<{ n: number }>() };
  builder.table('rows', { ...json, store: 'rows' });
  const topology = builder.build({ optimization: ['reuse.ktable.source.topics'] });
  expect(topology.plan.internalTopics).toEqual([]);
  const driver = await TopologyTestDriver.create(topology, { streams: { deserializationHandler: 'continue' } });
  const rows = () => driver.store<ReadOnlyKeyValueStore<string, { n: number }>>('rows');
  driver.createInputTopic('rows', json).pipe('a', { n: 1 });
  driver.createInputTopic('rows', json).pipe('b', { n: 2 });
  driver.createInputTopic('rows', text).pipe('a', 'not JSON');
  expect(rows().get('a')).toEqual({ n: 1 });
  await driver.crash();
  expect(rows().get('b')).toEqual({ n: 2 });
  expect(() => rows().get('a')).toThrow('JSON');
  await driver.close();
});
