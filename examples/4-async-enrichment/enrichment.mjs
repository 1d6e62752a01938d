// Asks a slow and unreliable service about each order: bounded calls in flight, results in order for each key, failures
// that may pass tried again later through a delay topic, the others in a dead letter with the reason.
import { failed, serdes, StreamsBuilder } from 'topology-streams';
import { TopologyTestDriver } from 'topology-streams/testing';

class ServiceError extends Error {
  constructor(message, retriable) {
    super(message);
    this.retriable = retriable;
  }
}

const calls = new Map();

/** The service: knows ada, is down for bob at first, and has never heard of eve. */
async function lookUp(customer) {
  const call = (calls.get(customer) ?? 0) + 1;
  calls.set(customer, call);
  if (customer === 'eve') throw new ServiceError('no such customer', false);
  if (customer === 'bob' && call === 1) throw new ServiceError('the service is busy', true);
  return { customer, country: 'GB', call };
}

const order = { key: serdes.string, value: serdes.json() };
const builder = new StreamsBuilder();
builder
  .stream('orders', { ...order, name: 'orders' })
  .retry(
    {
      name: 'look-up',
      delaysMs: [60_000, 600_000],
      deadLetter: 'orders.dlq',
      toDeadLetter: (value, error, attempts) => ({ value, reason: error.message, attempts }),
      deadLetterValue: serdes.json(),
    },
    (attempts) =>
      attempts.mapAsync(async (value) => ({ ...value, ...(await lookUp(value.customer)) }), {
        name: 'ask',
        concurrency: 8,
        order: 'key',
        timeoutMs: 5_000,
        onError: failed,
      }),
  )
  .to('orders.enriched', { ...order, name: 'enriched' });

const driver = await TopologyTestDriver.create(builder.build());
const orders = driver.createInputTopic('orders', order);
const enriched = driver.createOutputTopic('orders.enriched', order);
const deadLetters = driver.createOutputTopic('orders.dlq', order);

function show(what, topic) {
  for (let record = topic.read(); record; record = topic.read()) console.log(what, JSON.stringify(record.value));
}

for (const customer of ['ada', 'bob', 'eve']) orders.pipe(customer, { customer });
await driver.settle();
console.log('at once:');
show('  enriched   ', enriched);
show('  dead letter', deadLetters);

driver.advanceWallClock(60_000);
await driver.settle();
console.log('a minute later:');
show('  enriched   ', enriched);
await driver.close();
