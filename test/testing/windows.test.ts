import { expect, it } from 'vitest';
import { hopping, serdes, StreamsBuilder } from '../../src/index.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';

it('goes on with the windows of before a crash, each with its own value', async () => {
  const builder = new StreamsBuilder();
  builder
    .stream('in', { key: serdes.string, value: serdes.string })
    .groupByKey()
    .windowedBy(hopping({ sizeMs: 100, advanceMs: 50 }))
    .count({ store: 'counts' })
    .toStream()
    .to('out', { key: serdes.windowed(serdes.string, 100), value: serdes.int64 });
  const driver = await TopologyTestDriver.create(builder.build());
  const input = driver.createInputTopic('in', { key: serdes.string, value: serdes.string });
  const output = driver.createOutputTopic('out', { key: serdes.windowed(serdes.string, 100), value: serdes.int64 });
  input.pipe('a', 'v', { timestamp: 60 });
  input.pipe('b', 'v', { timestamp: 120 });
  input.pipe('a', 'v', { timestamp: 130 });
  output.readAll();
  await driver.crash();
  driver.createInputTopic('in', { key: serdes.string, value: serdes.string }).pipe('a', 'v', { timestamp: 140 });
  const seen = output.readAll().map(({ key, value }) => [key?.key, key?.window.start, value]);
  expect(seen).toEqual([
    ['a', 50, 3],
    ['a', 100, 2],
  ]);
  await driver.close();
});
