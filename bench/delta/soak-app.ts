import { serdes, StreamsApp, StreamsBuilder } from '../../src/index.ts';
import { field, struct } from '../../src/sinks/delta/schema.ts';

/** The application of the soak, in a process of its own: `node soak-app.js BROKERS TOPIC TABLE STATE_DIR MODE`. */
const [brokers = '', topic = '', table = '', stateDir = '', mode = 'append'] = process.argv.slice(2);

interface Event {
  readonly id: number;
  readonly kind: string;
  readonly text: string;
  readonly at: number;
}

const schema = struct(field('id', 'long'), field('kind', 'string'), field('text', 'string'), field('at', 'timestamp'));
const builder = new StreamsBuilder();
builder
  .stream(topic, { key: serdes.string, value: serdes.json<Event>() })
  .toDelta(table, mode === 'merge' ? { schema, mode, mergeKeys: ['id'] } : { schema, mode: 'append' });

const app = new StreamsApp(builder.build(), {
  applicationId: 'soak',
  kafka: { brokers: brokers.split(',') },
  stateDir,
});
await app.start();
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
