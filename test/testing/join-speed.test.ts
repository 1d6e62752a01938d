import { expect, it } from 'vitest';
import { joinWindow, serdes, StreamsBuilder } from '../../src/index.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';

const text = { key: serdes.string, value: serdes.string };

it('takes 10,000 records through a windowed join in less than a second of CPU time (here: than three)', async () => {
  const builder = new StreamsBuilder();
  const left = builder.stream('left', text);
  const right = builder.stream('right', text);
  const windows = joinWindow({ beforeMs: 1_000, graceMs: 1_000 });
  left.leftJoin(right, (one, other) => `${one}+${other ?? 'null'}`, windows).to('out', text);
  const driver = await TopologyTestDriver.create(builder.build());
  const inputs = [driver.createInputTopic('left', text), driver.createInputTopic('right', text)];
  const begun = process.cpuUsage();
  for (let i = 0; i < 10_000; i++) inputs[i % 2]?.pipe(`key-${(i >> 1) % 100}`, `v${i}`, { timestamp: i });
  const { user, system } = process.cpuUsage(begun);
  const took = (user + system) / 1_000;
  console.info(`10,000 records through a windowed join: ${took.toFixed(0)} ms of CPU time`);
  expect(took).toBeLessThan(3_000);
  expect(driver.createOutputTopic('out', text).size).toBeGreaterThan(5_000);
  await driver.close();
});
