// A web service that owns a table: it writes orders to Kafka, and answers from the state that its own topology keeps.
// Without KAFKA_BOOTSTRAP_SERVERS it runs on the embedded broker, so that it can be tried with nothing installed.
import { createServer } from 'node:http';
import { kafkaClient, serdes, StreamsApp, StreamsBuilder } from 'topology-streams';
import { EmbeddedBroker, embeddedClient } from 'topology-streams/testing';

const brokers = process.env.KAFKA_BOOTSTRAP_SERVERS?.split(',');
const client = brokers ? kafkaClient({ brokers }) : embeddedClient(new EmbeddedBroker());
await client.connect();
await client.admin.createTopics([{ name: 'orders', partitions: 2, replicationFactor: brokers ? -1 : 1 }]);

const builder = new StreamsBuilder();
builder
  .stream('orders', { key: serdes.string, value: serdes.json(), name: 'orders' })
  .groupByKey({ name: 'by-customer' })
  .aggregate(
    () => ({ orders: 0, total: 0 }),
    (order, sum) => ({ orders: sum.orders + 1, total: sum.total + order.amount }),
    { store: 'customers', key: serdes.string, value: serdes.json() },
  );

const app = new StreamsApp(builder.build(), {
  applicationId: 'orders-service',
  kafka: { client },
  stateDir: '.topology-streams/orders-service',
  commitIntervalMs: 1_000,
});
await app.start();

const producer = client.producer();
await producer.init();

const server = createServer((request, response) => {
  answer(request).then(
    ([status, body]) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    // STORE_CLOSED while the group rebalances: the caller may try again.
    (error) => response.writeHead(503).end(JSON.stringify({ error: error.message })),
  );
});

async function answer(request) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const [, what, customer] = pathname.split('/');
  if (what === 'order' && request.method === 'POST') {
    const order = Buffer.from(JSON.stringify({ amount: Number(searchParams.get('amount') ?? 1) }));
    producer.send('orders', customer.length % 2, Buffer.from(customer), order, Date.now(), []);
    await producer.flush();
    return [202, { accepted: customer }];
  }
  if (what === 'customer') return [200, app.store('customers').get(customer) ?? { orders: 0, total: 0 }];
  if (what === 'status') return [200, app.status()];
  return [404, { try: ['POST /order/ada?amount=5', 'GET /customer/ada', 'GET /status'] }];
}

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(
    `orders-service on http://127.0.0.1:${server.address().port} (${brokers?.join(', ') ?? 'the embedded broker'})`,
  );
});

async function close() {
  server.close();
  await app.close();
  await client.close();
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void close());
