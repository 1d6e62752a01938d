import kafkajs from 'kafkajs';
import { fromArguments } from './run.ts';
import { measureProcess } from './measure-process.ts';
import { CALLS_PER_PARTITION, slowCall } from './topologies.ts';

/** The case `map-async` as one would write it without a library: kafkajs, a pool of calls for each batch, order kept. */
const options = fromArguments(process.argv.slice(2));
const measured = measureProcess(options.until);
const kafka = new kafkajs.Kafka({ brokers: options.brokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: options.app, maxWaitTimeInMs: 100 });
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 5 });
measured.starting();
await Promise.all([consumer.connect(), producer.connect()]);
await consumer.subscribe({ topics: [options.input], fromBeginning: true });
const joined = new Promise((resolve) => {
  consumer.on(consumer.events.GROUP_JOIN, resolve);
});
await consumer.run({
  partitionsConsumedConcurrently: 4,
  eachBatch: async (payload) => {
    const { messages } = payload.batch;
    const results: (Buffer | null)[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let i = next++; i < messages.length; i = next++) {
        const value = messages[i]?.value;
        results[i] = value ? await slowCall(value) : null;
        measured.seen();
      }
    };
    await Promise.all(Array.from({ length: CALLS_PER_PARTITION }, worker));
    await producer.send({
      topic: options.output,
      acks: -1,
      messages: messages.map(({ key, timestamp }, i) => ({ key, timestamp, value: results[i] ?? null })),
    });
    await payload.heartbeat();
  },
});
await joined;
measured.running();
await measured.done;
await consumer.disconnect();
await producer.disconnect();
measured.report('');
process.exit(0);
