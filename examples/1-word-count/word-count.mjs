// Counts words, and shows the result without any broker: the test driver runs the whole topology in memory.
import { serdes, StreamsBuilder } from 'topology-streams';
import { TopologyTestDriver } from 'topology-streams/testing';

const builder = new StreamsBuilder();
builder
  .stream('lines', { key: serdes.string, value: serdes.string, name: 'lines' })
  .flatMapValues((line) => line.toLowerCase().split(/\W+/).filter(Boolean), { name: 'words' })
  .groupBy((word) => word, { key: serdes.string, value: serdes.string, name: 'by-word' })
  .count({ store: 'word-counts' })
  .toStream()
  .to('word-counts', { key: serdes.string, value: serdes.int64, name: 'counts' });
const topology = builder.build();

console.log(topology.describe());

const driver = await TopologyTestDriver.create(topology);
const lines = driver.createInputTopic('lines', { key: serdes.string, value: serdes.string });
const counts = driver.createOutputTopic('word-counts', { key: serdes.string, value: serdes.int64 });

lines.pipe('a', 'the quick brown fox');
lines.pipe('b', 'jumps over the lazy dog');
lines.pipe('c', 'The end');

const latest = new Map();
for (let record = counts.read(); record; record = counts.read()) latest.set(record.key, record.value);
for (const [word, count] of latest) console.log(`${count} ${word}`);
await driver.close();
