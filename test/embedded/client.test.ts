import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_HEADERS } from '../../src/core/record.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient, type EmbeddedClientOptions } from '../../src/embedded/client.ts';
import type { Fault, InterceptedRequest } from '../../src/embedded/intercept.ts';
import type { Fetcher, KafkaClient, MemberOptions, Producer } from '../../src/kafka/client.ts';

let broker: EmbeddedBroker;
let client: KafkaClient;
const open: KafkaClient[] = [];

async function connected(options: EmbeddedClientOptions = {}): Promise<KafkaClient> {
  const another = embeddedClient(broker, options);
  open.push(another);
  await another.connect();
  return another;
}

beforeEach(async () => {
  broker = new EmbeddedBroker();
  client = await connected();
  await client.admin.createTopics([{ name: 't', partitions: 2, replicationFactor: -1 }]);
});

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function producerOf(options: Parameters<KafkaClient['producer']>[0] = {}, of = client): Promise<Producer> {
  const producer = of.producer(options);
  await producer.init();
  return producer;
}

function send(producer: Producer, value: string, partition = 0, topic = 't'): void {
  producer.send(topic, partition, Buffer.from('k'), Buffer.from(value), 1_000, NO_HEADERS);
}

async function take(fetcher: Fetcher, count: number): Promise<string[]> {
  const values: string[] = [];
  while (values.length < count) {
    await fetcher.arrival(5_000);
    for (const chunk of fetcher.poll()) {
      if (chunk.error) throw chunk.error;
      while (chunk.records.next()) values.push(chunk.records.value()?.toString() ?? 'null');
      fetcher.release(chunk);
    }
  }
  return values;
}

/** Answers the fault for the first `times` requests of that kind. */
function failing(api: InterceptedRequest['api'], fault: Fault, times = 1): void {
  let left = times;
  broker.intercept = (request) => (request.api === api && left-- > 0 ? fault : null);
}

describe('a producer of the embedded client', () => {
  it('sends a batch after its linger time, and one that is full before', async () => {
    const producer = await producerOf({ batchBytes: 300, lingerMs: 5 });
    for (let i = 0; i < 20; i++) send(producer, 'x'.repeat(50));
    expect(producer.acknowledged('t', 0)).toBeGreaterThan(10);
    await expect.poll(() => producer.acknowledged('t', 0)).toBe(20);
  });

  it('writes a batch once when its answer is lost', async () => {
    const producer = await producerOf({}, await connected({ requestTimeoutMs: 30 }));
    failing('Produce', { kind: 'dropReply' }, 2);
    send(producer, 'once');
    await producer.flush();
    expect(producer.acknowledged('t', 0)).toBe(1);
    expect(broker.topics.log('t', 0)?.highWatermark).toBe(1);
  });

  it('keeps the order of a partition over refusals that pass', async () => {
    const producer = await producerOf({ batchBytes: 120 });
    failing('Produce', { kind: 'error', error: 'NOT_LEADER_OR_FOLLOWER' }, 3);
    const sent = Array.from({ length: 20 }, (_, i) => `v${i}`);
    for (const value of sent) send(producer, value);
    await producer.flush();
    const fetcher = client.fetcher();
    fetcher.add('t', 0, 0);
    expect(await take(fetcher, 20)).toEqual(sent);
  });

  it('splits a batch that the broker refuses as too large', async () => {
    await client.admin.createTopics([
      { name: 'small', partitions: 1, replicationFactor: -1, config: { 'max.message.bytes': '500' } },
    ]);
    const producer = await producerOf({ compression: 'gzip' });
    const sent = Array.from({ length: 40 }, (_, i) => `${i}-${Math.random()}-${Math.random()}-${Math.random()}`);
    for (const value of sent) send(producer, value, 0, 'small');
    await producer.flush();
    const fetcher = client.fetcher();
    fetcher.add('small', 0, 0);
    expect(await take(fetcher, 40)).toEqual(sent);
    send(
      producer,
      'x'.repeat(1_000).replaceAll('x', () => String(Math.random())),
      0,
      'small',
    );
    await expect(producer.flush()).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' });
    send(producer, 'goes on', 0, 'small');
    await producer.flush();
    expect(producer.acknowledged('small', 0)).toBe(41);
  });

  it('fails the next flush, once, after the delivery time, and goes on under another producer id', async () => {
    const producer = await producerOf({ deliveryTimeoutMs: 40 });
    broker.intercept = ({ api }) => (api === 'Produce' ? { kind: 'error', error: 'NOT_ENOUGH_REPLICAS' } : null);
    send(producer, 'lost');
    await expect(producer.flush()).rejects.toMatchObject({
      code: 'KAFKA_RETRIABLE',
      kafkaError: 'NOT_ENOUGH_REPLICAS',
    });
    broker.intercept = null;
    send(producer, 'kept');
    send(producer, 'kept', 1);
    await producer.flush();
    expect(producer.acknowledged('t', 0)).toBe(1);
    expect(producer.acknowledged('t', 1)).toBe(1);
  });

  it('says when it has too much in its buffer, and when it has room again', async () => {
    const producer = await producerOf({ maxBufferedBytes: 1_000 }, await connected({ latencyMs: 2 }));
    while (producer.ready) send(producer, 'x'.repeat(100));
    await producer.drained();
    expect(producer.ready).toBe(true);
    await producer.flush();
  });

  it('refuses records that are too large, topics that do not exist, and calls out of order', async () => {
    const producer = await producerOf({ maxRecordBytes: 500 });
    expect(() => send(producer, 'x'.repeat(600))).toThrow(expect.objectContaining({ code: 'RECORD_TOO_LARGE' }));
    send(producer, 'x', 0, 'missing');
    await expect(producer.flush()).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    expect(() => producer.beginTransaction()).toThrow(/transactionalId/);
    expect(() => send(client.producer(), 'x')).toThrow(/init/);
    await producer.close();
    expect(() => send(producer, 'x')).toThrow(/closed/);
  });
});

describe('a transactional producer of the embedded client', () => {
  it('shows its records and offsets to others when it commits, and neither when it aborts', async () => {
    const producer = await producerOf({ transactionalId: 'x' });
    const group = { groupId: 'g', generationId: -1, memberId: '', groupInstanceId: null };
    const offsets = (offset: number) => [{ topic: 't', partition: 1, offset, metadata: '' }];
    producer.beginTransaction();
    send(producer, 'aborted');
    await producer.flush();
    await producer.sendOffsets(group, offsets(1));
    await producer.abortTransaction();
    producer.beginTransaction();
    send(producer, 'committed');
    await producer.sendOffsets(group, offsets(2));
    await producer.commitTransaction();
    const fetcher = client.fetcher();
    fetcher.add('t', 0, 0);
    expect(await take(fetcher, 1)).toEqual(['committed']);
    expect(await client.admin.fetchOffsets('g')).toEqual(offsets(2));
  });

  it('can only abort after a failure, and is whole again afterwards', async () => {
    const producer = await producerOf({ transactionalId: 'x', deliveryTimeoutMs: 30 });
    broker.intercept = ({ api }) => (api === 'Produce' ? { kind: 'error', error: 'NOT_ENOUGH_REPLICAS' } : null);
    producer.beginTransaction();
    send(producer, 'lost');
    await expect(producer.flush()).rejects.toMatchObject({ kafkaError: 'NOT_ENOUGH_REPLICAS' });
    broker.intercept = null;
    await expect(producer.commitTransaction()).rejects.toMatchObject({ kafkaError: 'NOT_ENOUGH_REPLICAS' });
    await producer.abortTransaction();
    producer.beginTransaction();
    send(producer, 'kept');
    await producer.commitTransaction();
    const fetcher = client.fetcher();
    fetcher.add('t', 0, 0);
    expect(await take(fetcher, 1)).toEqual(['kept']);
  });

  it('is fenced by a newer one of the same id', async () => {
    const old = await producerOf({ transactionalId: 'x' });
    old.beginTransaction();
    send(old, 'old');
    await old.flush();
    const next = await producerOf({ transactionalId: 'x' });
    send(old, 'zombie');
    await expect(old.flush()).rejects.toMatchObject({ code: 'FENCED' });
    await expect(old.commitTransaction()).rejects.toMatchObject({ code: 'FENCED' });
    next.beginTransaction();
    send(next, 'new');
    await next.commitTransaction();
    const fetcher = client.fetcher();
    fetcher.add('t', 0, 0);
    expect(await take(fetcher, 1)).toEqual(['new']);
  });

  it('waits while the coordinator still ends the transaction before', async () => {
    const producer = await producerOf({ transactionalId: 'x' });
    failing('AddPartitionsToTxn', { kind: 'error', error: 'CONCURRENT_TRANSACTIONS' }, 2);
    producer.beginTransaction();
    send(producer, 'a');
    await producer.commitTransaction();
    expect(producer.acknowledged('t', 0)).toBe(1);
  });
});

describe('a fetcher of the embedded client', () => {
  it('is woken by an append, not by time', async () => {
    const fetcher = client.fetcher({ maxWaitMs: 60_000 });
    fetcher.add('t', 0, 0);
    const arrival = fetcher.arrival(60_000);
    const producer = await producerOf();
    send(producer, 'now');
    await producer.flush();
    await arrival;
    expect(await take(fetcher, 1)).toEqual(['now']);
  });

  it('is woken by a partition that is added while it waits', async () => {
    const producer = await producerOf();
    send(producer, 'there', 1);
    await producer.flush();
    const fetcher = client.fetcher({ maxWaitMs: 60_000 });
    fetcher.add('t', 0, 0);
    expect(fetcher.poll()).toEqual([]);
    fetcher.add('t', 1, 0);
    expect(await take(fetcher, 1)).toEqual(['there']);
  });

  it('ends a wait by its time and by wake', async () => {
    const fetcher = client.fetcher();
    fetcher.add('t', 0, 0);
    await fetcher.arrival(5);
    expect(fetcher.poll()).toEqual([]);
    const arrival = fetcher.arrival(60_000);
    fetcher.wake();
    await arrival;
  });

  it('waits through empty answers of the broker', async () => {
    const fetcher = client.fetcher({ maxWaitMs: 5 });
    fetcher.add('t', 0, 0);
    const arrival = fetcher.arrival(60_000);
    const producer = await producerOf({ lingerMs: 40 });
    send(producer, 'late');
    await arrival;
    expect(await take(fetcher, 1)).toEqual(['late']);
  });

  it('fetches no more than its budget until chunks are released', async () => {
    const producer = await producerOf({ batchBytes: 1_100 });
    for (let i = 0; i < 50; i++) send(producer, 'x'.repeat(1_000));
    await producer.flush();
    const fetcher = client.fetcher({ maxBufferedBytes: 5_000, maxPartitionBytes: 2_500 });
    fetcher.add('t', 0, 0);
    const held = [];
    for (let chunks = fetcher.poll(); chunks.length > 0; chunks = fetcher.poll()) held.push(...chunks);
    expect(fetcher.bufferedBytes).toBeGreaterThan(2_500);
    expect(fetcher.bufferedBytes).toBeLessThan(6_200);
    await fetcher.arrival(5);
    expect(fetcher.poll()).toEqual([]);
    for (const chunk of held) fetcher.release(chunk);
    expect(fetcher.bufferedBytes).toBe(0);
    expect(fetcher.poll()).toHaveLength(1);
  });

  it('moves a partition to another offset and drops what was buffered of it', async () => {
    const producer = await producerOf();
    for (const value of ['a', 'b', 'c']) send(producer, value);
    await producer.flush();
    const fetcher = client.fetcher();
    fetcher.add('t', 0, 0);
    await fetcher.arrival(1_000);
    fetcher.add('t', 0, 2);
    expect(await take(fetcher, 1)).toEqual(['c']);
    fetcher.remove('t', 0);
    send(producer, 'd');
    await producer.flush();
    expect(fetcher.poll()).toEqual([]);
    expect(fetcher.bufferedBytes).toBe(0);
  });

  it('delivers an error once, and reads on when the partition is added again', async () => {
    const producer = await producerOf();
    send(producer, 'a');
    await producer.flush();
    const fetcher = client.fetcher();
    fetcher.add('t', 0, 17);
    fetcher.add('none', 0, 0);
    const errors = fetcher.poll().map(({ error }) => error);
    expect(errors).toEqual([
      expect.objectContaining({ code: 'OFFSET_OUT_OF_RANGE', coordinates: { topic: 't', partition: 0, offset: 17 } }),
      expect.objectContaining({ code: 'TOPIC_MISSING' }),
    ]);
    expect(fetcher.poll()).toEqual([]);
    fetcher.add('t', 0, 0);
    expect(await take(fetcher, 1)).toEqual(['a']);
  });

  it('gives every partition its turn', async () => {
    const producer = await producerOf({ batchBytes: 1_100 });
    for (let i = 0; i < 40; i++) send(producer, 'x'.repeat(1_000), i % 2);
    await producer.flush();
    const fetcher = client.fetcher({ maxBufferedBytes: 1_000, maxPartitionBytes: 1_000 });
    fetcher.add('t', 0, 0);
    fetcher.add('t', 1, 0);
    const seen: number[] = [];
    for (let i = 0; i < 10; i++) {
      for (const chunk of fetcher.poll()) {
        seen.push(chunk.partition);
        fetcher.release(chunk);
      }
    }
    expect(seen.filter((partition) => partition === 0).length).toBeGreaterThan(3);
    expect(seen.filter((partition) => partition === 1).length).toBeGreaterThan(3);
  });

  it('survives answers that are refused, late or lost', async () => {
    const slow = await connected({ latencyMs: 1, requestTimeoutMs: 20 });
    const faults: Fault[] = [
      { kind: 'error', error: 'NOT_LEADER_OR_FOLLOWER' },
      { kind: 'delay', delayMs: 10 },
      { kind: 'drop' },
      { kind: 'dropReply' },
    ];
    broker.intercept = ({ api }) => (api === 'Fetch' ? (faults.shift() ?? null) : null);
    const producer = await producerOf();
    send(producer, 'a');
    await producer.flush();
    const fetcher = slow.fetcher({ maxWaitMs: 10 });
    fetcher.add('t', 0, 0);
    expect(await take(fetcher, 1)).toEqual(['a']);
  });
});

describe('a member of the embedded client', () => {
  const options = (over: Partial<MemberOptions> = {}): MemberOptions => ({
    groupId: 'g',
    protocol: 'p',
    heartbeatIntervalMs: 5,
    subscription: () => Buffer.from('s'),
    assign: (members) =>
      Promise.resolve(new Map(members.map(({ memberId }, i) => [memberId, Buffer.from(`${i + 1}/${members.length}`)]))),
    ...over,
  });

  it('joins alone, then shares with another that its heartbeat tells it of', async () => {
    const first = client.member(options());
    expect((await first.join()).assignment.toString()).toBe('1/1');
    const asked = new Promise<void>((resolve) => {
      first.onRebalance = resolve;
    });
    const second = client.member(options());
    const joining = second.join();
    await asked;
    expect(first.rejoinNeeded).toBe(true);
    expect(first.lost).toBe(false);
    const [a, b] = await Promise.all([first.join(), joining]);
    expect([a.assignment.toString(), b.assignment.toString()].sort()).toEqual(['1/2', '2/2']);
    expect(a.leader).toBe(true);
    expect(b.leader).toBe(false);
    const rest = new Promise<void>((resolve) => {
      second.onRebalance = resolve;
    });
    await first.leave();
    await rest;
    expect((await second.join()).assignment.toString()).toBe('1/1');
  });

  it('commits under its generation, and is fenced after it', async () => {
    const member = client.member(options());
    await expect(member.commit([])).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
    await member.join();
    const offsets = [{ topic: 't', partition: 0, offset: 3, metadata: 'm' }];
    await member.commit(offsets);
    expect(await member.committed([{ topic: 't', partition: 0 }])).toEqual(offsets);
    const { memberId } = member.membership ?? {};
    broker.groups.leave({ groupId: 'g', members: [{ memberId: memberId ?? '', groupInstanceId: null }] });
    await expect(member.commit(offsets)).rejects.toMatchObject({ code: 'FENCED', kafkaError: 'UNKNOWN_MEMBER_ID' });
    expect(member.lost).toBe(true);
    await member.join();
    expect(member.lost).toBe(false);
    await member.commit(offsets);
  });

  it('notices that it was forgotten, and keeps silent after it stopped', async () => {
    const member = client.member(options());
    const { memberId } = await member.join();
    const told = new Promise<void>((resolve) => {
      member.onRebalance = resolve;
    });
    broker.groups.leave({ groupId: 'g', members: [{ memberId, groupInstanceId: null }] });
    await told;
    expect(member.lost).toBe(true);
  });

  it('keeps the place of a static member over a leave', async () => {
    const member = client.member(options({ groupInstanceId: 'i' }));
    const { generationId } = await member.join();
    await member.leave();
    const again = await client.member(options({ groupInstanceId: 'i' })).join();
    expect(again.generationId).toBe(generationId);
  });

  it('waits for the offsets that another’s transaction still holds', async () => {
    const producer = await producerOf({ transactionalId: 'x' });
    producer.beginTransaction();
    await producer.sendOffsets({ groupId: 'g', generationId: -1, memberId: '', groupInstanceId: null }, [
      { topic: 't', partition: 0, offset: 9, metadata: '' },
    ]);
    const member = client.member(options());
    const committed = member.committed([{ topic: 't', partition: 0 }]);
    await producer.commitTransaction();
    expect((await committed)[0]?.offset).toBe(9);
  });
});

describe('the admin of the embedded client', () => {
  const t0 = { topic: 't', partition: 0 };

  it('creates, describes and deletes topics', async () => {
    await client.admin.createTopics([{ name: 't', partitions: 9, replicationFactor: -1 }]);
    const described = await client.admin.describeTopics(['t', 'none']);
    expect([...described.values()]).toEqual([
      { name: 't', id: expect.stringMatching(/^[\w-]{22}$/), partitions: 2, internal: false },
    ]);
    await expect(
      client.admin.createTopics([{ name: 'no/good', partitions: 1, replicationFactor: -1 }]),
    ).rejects.toMatchObject({ kafkaError: 'INVALID_TOPIC_EXCEPTION' });
    await expect(client.admin.createTopics([{ name: 'x', partitions: 1, replicationFactor: 3 }])).rejects.toMatchObject(
      { kafkaError: 'INVALID_REPLICATION_FACTOR' },
    );
    await client.admin.deleteTopics(['t', 'none']);
    expect(await client.admin.listTopics()).toEqual([]);
  });

  it('lists offsets by mark and by time, and deletes records', async () => {
    const producer = await producerOf();
    for (const value of ['a', 'b', 'c']) send(producer, value);
    await producer.flush();
    await client.admin.deleteRecords([{ ...t0, offset: 1 }]);
    expect(await client.admin.listOffsets([t0], 'earliest')).toEqual([{ ...t0, offset: 1 }]);
    expect(await client.admin.listOffsets([t0], 'latest')).toEqual([{ ...t0, offset: 3 }]);
    expect(await client.admin.listOffsets([t0], 1_000)).toEqual([{ ...t0, offset: 1 }]);
    expect(await client.admin.listOffsets([t0], 1_001)).toEqual([{ ...t0, offset: 3 }]);
    await expect(client.admin.deleteRecords([{ ...t0, offset: 9 }])).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    });
  });

  it('commits for a group without members, and describes and deletes it', async () => {
    await client.admin.commitOffsets('g', [{ ...t0, offset: 4, metadata: 'm' }]);
    expect(await client.admin.fetchOffsets('g')).toEqual([{ ...t0, offset: 4, metadata: 'm' }]);
    expect(await client.admin.describeGroup('g')).toEqual({ groupId: 'g', state: 'Empty', members: [] });
    await client.admin.deleteGroup('g');
    await client.admin.deleteGroup('g');
    expect(await client.admin.fetchOffsets('g')).toEqual([]);
    expect((await client.admin.describeGroup('g')).state).toBe('Dead');
  });

  it('retries what may pass, and refuses after close', async () => {
    failing('Metadata', { kind: 'error', error: 'LEADER_NOT_AVAILABLE' }, 2);
    expect(await client.admin.clusterId()).toBe(broker.clusterId);
    const closed = await connected();
    await closed.close();
    await expect(closed.admin.listTopics()).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
  });
});
