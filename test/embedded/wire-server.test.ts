import { connect, type Socket } from 'node:net';
import { Kafka, logLevel, type Consumer, type EachMessagePayload, type Kafka as KafkaJs } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { startWireServer, type WireServer } from '../../src/embedded/wire-server.ts';

describe('kafkajs on the wire server', () => {
  let broker: EmbeddedBroker;
  let server: WireServer;
  let kafka: KafkaJs;

  beforeAll(async () => {
    broker = new EmbeddedBroker({ minSessionTimeoutMs: 100 });
    server = await startWireServer(broker);
    kafka = new Kafka({ brokers: [server.address], clientId: 'test', logLevel: logLevel.NOTHING });
  });

  afterAll(() => server.close());

  /** kafkajs sends heartbeats between fetches only, so these are short. */
  function member(groupId: string): Consumer {
    return kafka.consumer({
      groupId,
      sessionTimeout: 6_000,
      rebalanceTimeout: 6_000,
      heartbeatInterval: 20,
      maxWaitTimeInMs: 50,
    });
  }

  /** Values as a consumer group reads them, until `count` are there. */
  async function consume(consumer: Consumer, topic: string, count: number): Promise<string[]> {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const values: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const eachMessage = ({ message }: EachMessagePayload): Promise<void> => {
        values.push(message.value?.toString() ?? 'null');
        if (values.length === count) resolve();
        return Promise.resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    return values;
  }

  it('creates topics, produces and consumes in a group, and goes on where the group left off', async () => {
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'plain', numPartitions: 3 }], waitForLeaders: true });
    expect(await admin.listTopics()).toContain('plain');
    const producer = kafka.producer();
    await producer.connect();
    const messages = Array.from({ length: 30 }, (_, i) => ({ key: `k${i}`, value: `v${i}`, headers: { h: 'x' } }));
    await producer.send({ topic: 'plain', messages });
    const first = member('g');
    const values = await consume(first, 'plain', 30);
    expect(values.toSorted()).toEqual(messages.map(({ value }) => value).toSorted());
    await first.disconnect();
    await producer.send({ topic: 'plain', messages: [{ value: 'later' }] });
    const second = member('g');
    expect(await consume(second, 'plain', 1)).toEqual(['later']);
    const described = await admin.describeGroups(['g']);
    expect(described.groups[0]).toMatchObject({ state: 'Stable', protocolType: 'consumer' });
    expect((await admin.listGroups()).groups).toEqual([{ groupId: 'g', protocolType: 'consumer' }]);
    await second.disconnect();
    const offsets = await admin.fetchOffsets({ groupId: 'g', topics: ['plain'] });
    expect(offsets[0]?.partitions.reduce((sum, { offset }) => sum + Math.max(Number(offset), 0), 0)).toBe(31);
    await admin.deleteGroups(['g']);
    await admin.deleteTopics({ topics: ['plain'] });
    expect(await admin.listTopics()).not.toContain('plain');
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  });

  it('shares partitions between two members of a group', async () => {
    broker.topics.create({ name: 'shared', partitions: 4, replicationFactor: -1 });
    const consumers = [1, 2].map(() => member('two'));
    const owned = consumers.map(() => 0);
    const balanced = new Promise<void>((resolve) => {
      consumers.forEach((consumer, i) => {
        consumer.on('consumer.group_join', ({ payload }) => {
          owned[i] = payload.memberAssignment['shared']?.length ?? 0;
          if (owned.every((count) => count === 2)) resolve();
        });
      });
    });
    for (const consumer of consumers) {
      await consumer.connect();
      await consumer.subscribe({ topic: 'shared' });
      await consumer.run({ eachMessage: () => Promise.resolve() });
    }
    await balanced;
    expect(owned).toEqual([2, 2]);
    await Promise.all(consumers.map((consumer) => consumer.disconnect()));
  });

  it('commits and aborts transactions with their offsets', async () => {
    broker.topics.create({ name: 'exact', partitions: 1, replicationFactor: -1 });
    const producer = kafka.producer({ transactionalId: 'tx', idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const aborted = await producer.transaction();
    await aborted.send({ topic: 'exact', messages: [{ value: 'aborted' }] });
    await aborted.abort();
    const committed = await producer.transaction();
    await committed.send({ topic: 'exact', messages: [{ value: 'committed' }] });
    await committed.sendOffsets({
      consumerGroupId: 'exact-group',
      topics: [{ topic: 'exact', partitions: [{ partition: 0, offset: '7' }] }],
    });
    await committed.commit();
    const consumer = member('reader');
    expect(await consume(consumer, 'exact', 1)).toEqual(['committed']);
    const admin = kafka.admin();
    await admin.connect();
    const [offsets] = await admin.fetchOffsets({ groupId: 'exact-group', topics: ['exact'] });
    expect(offsets?.partitions[0]?.offset).toBe('7');
    await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()]);
  });

  it('creates a topic that a client asks for when the client allows it', async () => {
    const producer = kafka.producer({ allowAutoTopicCreation: true });
    await producer.connect();
    await producer.send({ topic: 'automatic', messages: [{ value: 'x' }] });
    expect(broker.topics.get('automatic')?.partitions[0]?.highWatermark).toBe(1);
    await producer.disconnect();
  });

  it('does not answer a produce request without acknowledgement', async () => {
    broker.topics.create({ name: 'no-acks', partitions: 1, replicationFactor: -1 });
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: 'no-acks', acks: 0, messages: [{ value: 'x' }] });
    await producer.send({ topic: 'no-acks', acks: 1, messages: [{ value: 'y' }] });
    expect(broker.topics.log('no-acks', 0)?.highWatermark).toBe(2);
    await producer.disconnect();
  });
});

describe('the wire server', () => {
  let server: WireServer;

  beforeAll(async () => {
    server = await startWireServer(new EmbeddedBroker());
  });
  afterAll(() => server.close());

  function open(): Promise<Socket> {
    return new Promise((resolve) => {
      const socket = connect(server.port, server.host, () => resolve(socket));
    });
  }

  /** Resolves when the other side closed the connection; answers what it sent before. */
  const closed = (socket: Socket): Promise<string> =>
    new Promise((resolve) => {
      let received = '';
      socket.on('data', (bytes) => {
        received += bytes.toString('latin1');
      });
      socket.once('close', () => resolve(received));
    });

  function request(apiKey: number, version: number, correlationId: number): Buffer {
    const bytes = Buffer.alloc(14);
    bytes.writeInt32BE(10, 0);
    bytes.writeInt16BE(apiKey, 4);
    bytes.writeInt16BE(version, 6);
    bytes.writeInt32BE(correlationId, 8);
    bytes.writeInt16BE(-1, 12);
    return bytes;
  }

  it('tells its versions to a client that asks in a version of the future', async () => {
    const socket = await open();
    const answer = new Promise<Buffer>((resolve) => {
      socket.once('data', resolve);
    });
    const whole = request(18, 4, 99);
    // In pieces, as a network may deliver it.
    socket.write(whole.subarray(0, 3));
    socket.write(whole.subarray(3));
    const bytes = await answer;
    expect(bytes.readInt32BE(4)).toBe(99);
    expect(bytes.readInt16BE(8)).toBe(35);
    expect(bytes.readInt32BE(10)).toBeGreaterThan(20);
    socket.destroy();
  });

  it('closes a connection that sends something else, or a version that was not offered', async () => {
    for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), request(0, 99, 1), request(1234, 0, 1)]) {
      const socket = await open();
      const end = closed(socket);
      socket.write(bytes);
      expect(await end).toBe('');
    }
  });

  it('says plainly when its port is in use', async () => {
    const taken = startWireServer(new EmbeddedBroker(), { port: server.port });
    await expect(taken).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      message: expect.stringContaining('EADDRINUSE'),
    });
  });
});
