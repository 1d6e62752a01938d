import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  keyValueStore,
  serdes,
  StreamsBuilder,
  tumbling,
  type KeyValueStore,
  type ReadOnlyKeyValueStore,
} from '../../src/index.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';

const text = { key: serdes.string, value: serdes.string };

it('counts orders by customer, and reminds of those that nobody paid', async () => {
  const builder = new StreamsBuilder();
  const orders = builder.stream('orders', text);

  // By customer: the value is `customer:amount`, so the counts go through a repartition topic.
  const byCustomer = orders.groupBy((order) => order.split(':')[0] ?? '', { ...text, name: 'by-customer' });
  byCustomer
    .windowedBy(tumbling({ sizeMs: 1_000, graceMs: 0 }))
    .count()
    .toStream((_count, { key }) => key)
    .to('counts', { key: serdes.string, value: serdes.int64 });

  // Unpaid orders wait in a store; each minute of wall clock time a reminder is sent.
  builder.addStore(keyValueStore({ name: 'unpaid', ...text }));
  orders
    .process<string, string>(
      () => {
        let unpaid: KeyValueStore<string, string> | undefined;
        return {
          init(context) {
            const rows = context.store<KeyValueStore<string, string>>('unpaid');
            unpaid = rows;
            context.schedule(60_000, 'WALL_CLOCK_TIME', (at) => {
              for (const [id, order] of rows.all()) context.forward(id, order, context.syntheticRecord(at));
            });
          },
          process: (id, order) => unpaid?.put(id, order),
        };
      },
      { stores: ['unpaid'] },
    )
    .to('reminders', text);

  // Three partitions; `orders` is shared out by key as a producer would do it.
  const driver = await TopologyTestDriver.create(builder.build(), { partitions: { orders: 3 }, startMs: 0 });
  const input = driver.createInputTopic('orders', text);
  input.pipe('o1', 'ann:5', { timestamp: 100, headers: [{ key: 'from', value: Buffer.from('web') }] });
  input.pipe('o2', 'bob:7', { timestamp: 200 });
  input.pipe('o3', 'ann:9', { timestamp: 300, partition: 2 });

  const counts = driver.createOutputTopic('counts', { key: serdes.string, value: serdes.int64 });
  expect(counts.readAll().map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`)).toEqual([
    'ann=1@100',
    'bob=1@200',
    'ann=2@300',
  ]);

  // What went through the repartition topic, with its partition and headers.
  const [first] = driver.createInternalOutput('by-customer-repartition', text).readAll();
  expect(first).toMatchObject({ key: 'ann', value: 'ann:5', headers: [{ key: 'from' }] });

  // Stores are of a partition: read them, and write to them.
  const unpaid = driver.store<KeyValueStore<string, string>>('unpaid', 2);
  expect(unpaid.get('o3')).toBe('ann:9');
  unpaid.delete('o3');

  // Nothing happens by itself: the wall clock moves when it is told to.
  const reminders = driver.createOutputTopic('reminders', text);
  expect(reminders.read()).toBeNull();
  driver.advanceWallClock(60_000);
  expect(new Set(reminders.readAll().map(({ key }) => key))).toEqual(new Set(['o1', 'o2']));

  // All state is lost and comes back from the changelogs.
  await driver.crash();
  const rows = [0, 1, 2].flatMap((partition) => [
    ...driver.store<ReadOnlyKeyValueStore<string, string>>('unpaid', partition).all(),
  ]);
  expect(rows.map(([id]) => id).sort()).toEqual(['o1', 'o2']);
  await driver.close();
});

it('docs/testing.md has that example, word for word', () => {
  const guide = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8');
  const example = /```ts\n(.*?)```/s.exec(guide)?.[1] ?? '';
  const own = readFileSync(new URL(import.meta.url), 'utf8');
  const body = example.slice(example.indexOf('const text ='));
  expect(body.length).toBeGreaterThan(1_000);
  expect(own).toContain(body);
});
