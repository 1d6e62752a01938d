// An application that the `topology` command runs by its path. Its sample input makes `--embedded` work for it too.
import { defineApp, serdes, StreamsBuilder, tumbling } from 'topology-streams';

const READINGS = 'temperature.readings';
const ALARMS = 'temperature.alarms';

/** Readings of each sensor in windows of ten seconds; a window that gets too hot raises an alarm. */
function watch({ config }) {
  const builder = new StreamsBuilder();
  builder
    .stream(READINGS, { key: serdes.string, value: serdes.float64, name: 'readings' })
    .groupByKey({ name: 'by-sensor' })
    .windowedBy(tumbling({ sizeMs: 10_000 }))
    .reduce((highest, reading) => Math.max(highest, reading), { store: 'highest', cached: false })
    .toStream()
    .filter((highest) => highest > config.limit, { name: 'too-hot' })
    .map((highest, { key, window }) => [key, { sensor: key, highest, from: new Date(window.start).toISOString() }], {
      name: 'alarm',
    })
    .to(ALARMS, { key: serdes.string, value: serdes.json(), name: 'alarms' });
  return builder.build();
}

export default defineApp({
  name: 'temperature',
  description: 'raises an alarm for each window in which a sensor was too hot',
  parseConfig: (section) => ({ limit: 30, ...section }),
  stages: [{ name: 'watch', description: 'readings to alarms', applicationId: 'temperature-watch', topology: watch }],
  sample: async ({ client, events }) => ({
    config: { limit: 30 },
    topics: [READINGS, ALARMS].map((name) => ({ name, partitions: 2, replicationFactor: 1 })),
    expected: {},
    async produce() {
      const producer = client.producer();
      await producer.init();
      for (let i = 0; i < events; i++) {
        const degrees = Buffer.alloc(8);
        degrees.writeDoubleBE(20 + (i % 15));
        producer.send(READINGS, i % 2, Buffer.from(`sensor-${i % 4}`), degrees, i * 100, []);
      }
      await producer.flush();
      await producer.close();
    },
    async summary() {
      const partitions = [0, 1].map((partition) => ({ topic: ALARMS, partition }));
      const ends = await client.admin.listOffsets(partitions, 'latest');
      const alarms = ends.reduce((sum, { offset }) => sum + offset, 0);
      return { lines: [`${events} readings, ${alarms} alarms`], complete: alarms > 0 };
    },
    close: async () => undefined,
  }),
});
