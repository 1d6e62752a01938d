// One member of an application in a process of its own, which a test may kill, stop or end: `node member.mjs '{"…"}'`.
// Prints one JSON line for each change of its state.
const { build, brokers, topology, serves, ...settings } = JSON.parse(process.argv[2]);
const { StreamsApp, StreamsBuilder, serdes, failed, field, serveQueries, struct } = await import(`${build}/index.js`);
const strings = { key: serdes.string, value: serdes.string };
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const topologies = {
  /** Words by a repartition topic into a store. */
  count({ input, output }) {
    const builder = new StreamsBuilder();
    builder
      .stream(input, strings)
      .groupBy((value) => value, { key: serdes.string, name: 'by-word' })
      .count({ store: 'counts' })
      .toStream()
      .to(output, { key: serdes.string, value: serdes.int64 });
    return builder.build();
  },
  copy({ input, output }) {
    const builder = new StreamsBuilder();
    builder.stream(input, strings).to(output, strings);
    return builder.build();
  },
  /** Each operator that keeps work of its own, side by side over the same input; outputs `<output>-<operator>`. */
  async({ input, output, delayMs }) {
    const builder = new StreamsBuilder();
    const records = builder.stream(input, strings);
    records
      .mapAsync(
        async (value) => {
          await pause(Math.random() * 30);
          return value;
        },
        { name: 'call', concurrency: 8, order: 'none', ...strings },
      )
      .to(`${output}-called`, strings);
    records
      .groupByKey(strings)
      .batch({ name: 'pack', maxRecords: 7, maxWaitMs: 300 })
      .flatMapValues((items) => items.map(({ value }) => value))
      .to(`${output}-batched`, strings);
    records.dedupe({ name: 'once', id: (value) => value }).to(`${output}-unique`, strings);
    records
      .retry({ name: 'again', delaysMs: [delayMs], deadLetter: `${output}-dead`, ...strings }, (attempts) =>
        attempts.mapAsync(
          async (value, _key, record) => {
            const first = !record.headers.some(({ key }) => key === '__streams.retry.attempt');
            if (first) throw new Error('the first try always fails');
            return `${value} ${Date.now()}`;
          },
          { name: 'try', concurrency: 8, onError: failed, ...strings },
        ),
      )
      .to(`${output}-retried`, strings);
    return builder.build();
  },
  delta({ input, table }) {
    const builder = new StreamsBuilder();
    builder.stream(input, strings).toDelta(table, {
      mode: 'append',
      schema: struct(field('value', 'string')),
      row: (value) => ({ value }),
      flushIntervalMs: 100,
      flushRows: 50,
    });
    return builder.build();
  },
};

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
process.on('unhandledRejection', (error) => {
  say({ unhandled: String(error) });
  process.exit(3);
});
let host = null;
const app = new StreamsApp(topologies[topology.name](topology), {
  kafka: { brokers },
  commitIntervalMs: 100,
  sessionTimeoutMs: 6_000,
  heartbeatIntervalMs: 300,
  applicationServer: () => host,
  ...settings,
});
app.onStateChange((state) => say({ state, restarts: app.status().restarts, tasks: app.status().tasks }));
process.once('SIGTERM', () => {
  void app.close().then(() => process.exit(0));
});
if (serves) host = `127.0.0.1:${(await serveQueries([app])).port}`;
await app.start();
