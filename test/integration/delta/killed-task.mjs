// A sink task in a process of its own, to be killed at any moment: `node killed-task.mjs BUILD LAKE RECORDS`.
// Reads a topic whose record at offset n is the number n, from where the sink says it is.
const [build, root, records] = process.argv.slice(2);
const { deltaTables } = await import(`${build}/sinks/delta/delta-tables.js`);
const { field, struct } = await import(`${build}/sinks/delta/schema.js`);
const { localLake } = await import(`${build}/sinks/lake/local.js`);

const schema = struct(field('n', 'long'), field('key', 'string'));
const connector = deltaTables({
  lake: localLake(root),
  order: ['all', 'newest', 'seldom'],
  checkpointInterval: 5,
  tables: {
    all: { path: 'all', schema, mode: 'append' },
    newest: { path: 'newest', schema, mode: 'merge', mergeKeys: ['key'] },
    seldom: { path: 'seldom', schema, mode: 'append' },
  },
  route: (n) => [
    { table: 'all', row: { n } },
    ...(n % 3 === 0 ? [{ table: 'newest', row: { n, key: `k${n % 100}` } }] : []),
    ...(n % 50 === 0 ? [{ table: 'seldom', row: { n } }] : []),
  ],
});
const topic = { topic: 'numbers', partition: 0 };
const reject = (error) => {
  throw error;
};
const writer = await connector.open({ applicationId: 'app', name: 'sink', taskId: '0_0', partitions: [topic], reject });
const [position] = await writer.positions();
const every = 10 + Math.floor(Math.random() * 50);
for (let offset = position?.offset ?? 0; offset < Number(records); offset++) {
  writer.write(null, offset, { ...topic, offset, timestamp: 0, headers: [] });
  if (offset % every === 0) await writer.flush([{ ...topic, offset: offset + 1 }]);
}
await writer.flush([{ ...topic, offset: Number(records) }]);
await writer.close();
