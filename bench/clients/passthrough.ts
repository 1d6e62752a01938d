import { Consumer, type Message, Producer } from '@platformatic/kafka';
import kafkajs from 'kafkajs';
import { kafkaClient } from '../../src/index.ts';
import { measureProcess } from '../side-by-side/measure-process.ts';
import { fromArguments } from '../side-by-side/run.ts';
import { PARTITIONS } from '../side-by-side/inputs.ts';

/** Records in one call of a producer: one batch of all that was fetched may be more than the broker takes. */
const LOT = 5_000;

/** Reads a topic and writes each record to another as it is, through the client that `topology` names. */
const options = fromArguments(process.argv.slice(2));
const { input, output, app } = options;
const brokers = options.brokers.split(',');
const measured = measureProcess(options.until);
const clients: Readonly<Record<string, () => Promise<void>>> = {
  'topology-streams': throughOwn,
  kafkajs: throughKafkajs,
  platformatic: throughPlatformatic,
};
const run = clients[options.topology];
if (!run) throw new Error(`no client ${options.topology}; there are ${Object.keys(clients).join(', ')}`);
measured.starting();
await run();
measured.report('');
process.exit(0);

async function throughOwn(): Promise<void> {
  const client = kafkaClient({ brokers });
  await client.connect();
  const producer = client.producer();
  await producer.init();
  const fetcher = client.fetcher();
  for (let partition = 0; partition < PARTITIONS; partition++) fetcher.add(input, partition, 0);
  measured.running();
  for (let sent = 0; sent < options.until;) {
    await fetcher.arrival(100);
    for (const chunk of fetcher.poll()) {
      const { records, partition } = chunk;
      for (; records.next(); sent++) {
        measured.seen();
        producer.send(output, partition, records.key(), records.value(), records.timestamp, records.headers());
      }
      fetcher.release(chunk);
    }
    if (!producer.ready) await producer.drained();
  }
  await producer.flush();
  await client.close();
}

/** Batch by batch, all partitions at once. */
async function throughKafkajs(): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: app, maxWaitTimeInMs: 100 });
  const producer = kafka.producer();
  await Promise.all([consumer.connect(), producer.connect()]);
  await consumer.subscribe({ topics: [input], fromBeginning: true });
  consumer.on(consumer.events.GROUP_JOIN, () => measured.running());
  await consumer.run({
    partitionsConsumedConcurrently: PARTITIONS,
    eachBatch: async ({ batch: { messages, partition } }) => {
      for (let i = 0; i < messages.length; i++) measured.seen();
      const copies = messages.map(({ key, value, timestamp }) => ({ key, value, timestamp, partition }));
      for (let at = 0; at < copies.length; at += LOT) {
        await producer.send({ topic: output, acks: -1, messages: copies.slice(at, at + LOT) });
      }
    },
  });
  await measured.done;
  await consumer.disconnect();
  await producer.disconnect();
}

/** Its consumer is a stream; what it gives is sent in lots, one at a time. */
async function throughPlatformatic(): Promise<void> {
  const consumer = new Consumer({ clientId: app, groupId: app, bootstrapBrokers: brokers });
  const producer = new Producer({ clientId: app, bootstrapBrokers: brokers, idempotent: true });
  const stream = await consumer.consume({ topics: [input], mode: 'earliest', autocommit: true, maxWaitTime: 100 });
  measured.running();
  let lot: Message[] = [];
  let sending: Promise<unknown> = Promise.resolve();
  let received = 0;
  for await (const message of stream) {
    measured.seen();
    lot.push(message);
    received++;
    if (lot.length < LOT && received < options.until) continue;
    const messages = lot.map(({ key, value, timestamp, partition }) => ({
      topic: output,
      key,
      value,
      timestamp,
      partition,
    }));
    lot = [];
    await sending;
    sending = producer.send({ messages, acks: -1 });
    if (received >= options.until) break;
  }
  await sending;
  await stream.close();
  await consumer.close();
  await producer.close();
}
