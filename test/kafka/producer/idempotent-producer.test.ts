import { describe, expect, it } from 'vitest';
import { StreamsError } from '../../../src/core/errors.ts';
import { NO_HEADERS } from '../../../src/core/record.ts';
import type { ProducerOptions } from '../../../src/kafka/client.ts';
import type { Cluster } from '../../../src/kafka/cluster/cluster.ts';
import { kafkaFailure } from '../../../src/kafka/cluster/kafka-failure.ts';
import { IdempotentProducer } from '../../../src/kafka/producer/idempotent-producer.ts';
import { BytesReader } from '../../../src/kafka/wire/bytes-reader.ts';
import { BytesWriter } from '../../../src/kafka/wire/bytes-writer.ts';
import { kafkaErrorCode } from '../../../src/kafka/wire/kafka-errors.ts';
import type { WireRequest } from '../../../src/kafka/wire/request.ts';
import { silentLogger } from '../../../src/observe/logger.ts';

const NODE = 1;

/** A cluster of one broker that answers as told, and the names of what it was asked. */
class FakeCluster {
  readonly asked: string[] = [];
  readonly logger = silentLogger;
  readonly requestTimeoutMs = 1_000;
  readonly missingTopicMs = 1_000;
  /** Kafka's name of the error that each API answers, by name; for Produce by topic. */
  readonly errors = new Map<string, string>();
  /** Produce requests are held back until this resolves. */
  gate: Promise<void> = Promise.resolve();
  #producerEpoch = 0;

  lane = (purpose: string): string => purpose;
  leader = (): number => NODE;
  leaderFailed = (): void => undefined;
  closeLane = async (): Promise<void> => undefined;
  isMissing = (): boolean => false;

  /** Once: what retries is the real cluster's, not the producer's. */
  async retrying<T>(step: () => Promise<T>): Promise<T> {
    return step();
  }

  async send(_node: number, _lane: string, request: WireRequest<unknown>): Promise<unknown> {
    const partitions = producedTo(request);
    this.asked.push(`Produce ${partitions.map(({ topic }) => topic).join()}`);
    await this.gate;
    return {
      throttleMs: 0,
      partitions: partitions.map((where) => ({ ...where, errorCode: this.#code(where.topic), baseOffset: 0 })),
    };
  }

  async sendToAny(request: WireRequest<unknown>): Promise<unknown> {
    return this.sendToCoordinator('', '', '', request);
  }

  async sendToCoordinator(_kind: string, _key: string, _lane: string, request: WireRequest<unknown>): Promise<unknown> {
    this.asked.push(request.apiName);
    const errorCode = this.#code(request.apiName);
    if (request.apiName === 'InitProducerId') return { errorCode, producerId: 7, producerEpoch: this.#producerEpoch++ };
    if (request.apiName === 'AddPartitionsToTxn') return [{ topic: 't', partition: 0, errorCode }];
    return errorCode;
  }

  #code(what: string): number {
    const name = this.errors.get(what);
    return name === undefined ? 0 : kafkaErrorCode(name);
  }
}

function producedTo(request: WireRequest<unknown>): { topic: string; partition: number }[] {
  const writer = new BytesWriter(false);
  request.write(writer, 7);
  const reader = new BytesReader(writer.written(), false);
  reader.nullableString();
  reader.int16();
  reader.int32();
  return reader
    .array(() => {
      const topic = reader.string();
      return reader.array(() => {
        const partition = reader.int32();
        reader.nullableBytes();
        return { topic, partition };
      });
    })
    .flat();
}

async function open(options: ProducerOptions = { transactionalId: 'app' }) {
  const cluster = new FakeCluster();
  const producer = new IdempotentProducer(cluster as unknown as Cluster, { lingerMs: 0, ...options });
  await producer.init();
  if (options.transactionalId !== undefined) producer.beginTransaction();
  const send = (topic: string): void => producer.send(topic, 0, null, Buffer.from('v'), 1, NO_HEADERS);
  return { cluster, producer, send };
}

describe('a transactional producer', () => {
  it('fails a flush at once when one batch is lost, though others were never sent', async () => {
    const { cluster, producer, send } = await open();
    let letGo: () => void = () => undefined;
    cluster.gate = new Promise((resolve) => {
      letGo = resolve;
    });
    cluster.errors.set('bad', 'POLICY_VIOLATION');
    send('bad');
    const flushed = producer.flush();
    flushed.catch(() => undefined);
    while (!cluster.asked.includes('Produce bad')) await new Promise((resolve) => setImmediate(resolve));
    // Waits behind the request that is on its way; the numbering has a hole when its turn comes.
    send('good');
    letGo();
    await expect(flushed).rejects.toMatchObject({ kafkaError: 'POLICY_VIOLATION' });
    await expect(producer.flush()).rejects.toMatchObject({ kafkaError: 'POLICY_VIOLATION' });
    await expect(producer.commitTransaction()).rejects.toMatchObject({ kafkaError: 'POLICY_VIOLATION' });
    expect(cluster.asked).not.toContain('Produce good');
    expect(producer.ready).toBe(true);
    await producer.abortTransaction();
    producer.beginTransaction();
    send('good');
    await producer.commitTransaction();
    expect(cluster.asked.slice(-5)).toEqual([
      'EndTxn',
      'InitProducerId',
      'AddPartitionsToTxn',
      'Produce good',
      'EndTxn',
    ]);
  });

  it('takes no room for records of a transaction that is lost already', async () => {
    const { cluster, producer, send } = await open({ transactionalId: 'app', maxBufferedBytes: 1 });
    cluster.errors.set('AddPartitionsToTxn', 'TOPIC_AUTHORIZATION_FAILED');
    send('t');
    await expect(producer.flush()).rejects.toMatchObject({ kafkaError: 'TOPIC_AUTHORIZATION_FAILED' });
    send('t');
    expect(producer.ready).toBe(true);
    await producer.drained();
  });

  it('aborts at the coordinator what it leaves open when it is closed', async () => {
    const { cluster, producer, send } = await open();
    send('t');
    await producer.flush();
    await producer.close();
    expect(cluster.asked.at(-1)).toBe('EndTxn');
  });

  it('has nothing to abort when it is closed between two transactions', async () => {
    const { cluster, producer } = await open();
    await producer.close();
    expect(cluster.asked).toEqual(['InitProducerId']);
  });

  it('does not abort for another that has taken its place', async () => {
    const { cluster, producer, send } = await open();
    cluster.errors.set('EndTxn', 'INVALID_PRODUCER_EPOCH');
    send('t');
    await expect(producer.commitTransaction()).rejects.toMatchObject({ code: 'FENCED', retriable: false });
    await producer.close();
    expect(cluster.asked.filter((name) => name === 'EndTxn')).toHaveLength(1);
  });

  it.each(['INVALID_TXN_STATE', 'INVALID_PRODUCER_ID_MAPPING', 'UNKNOWN_PRODUCER_ID', 'TRANSACTION_ABORTABLE'])(
    'says of %s that the work may be done again with a new producer',
    async (name) => {
      const { cluster, producer, send } = await open();
      cluster.errors.set('EndTxn', name);
      send('t');
      await expect(producer.commitTransaction()).rejects.toMatchObject({ kafkaError: name, retriable: true });
    },
  );
});

describe('a producer without transactions', () => {
  it.each(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID'])(
    'says of %s that the work may be done again, and goes on under a new id',
    async (name) => {
      const { cluster, producer, send } = await open({});
      cluster.errors.set('t', name);
      send('t');
      await expect(producer.flush()).rejects.toMatchObject({ kafkaError: name, retriable: true });
      cluster.errors.clear();
      send('t');
      await producer.flush();
      expect(cluster.asked).toEqual(['InitProducerId', 'Produce t', 'InitProducerId', 'Produce t']);
    },
  );

  it('keeps other refusals as they are', async () => {
    const { cluster, producer, send } = await open({});
    cluster.errors.set('t', 'TOPIC_AUTHORIZATION_FAILED');
    send('t');
    const refused = kafkaFailure(kafkaErrorCode('TOPIC_AUTHORIZATION_FAILED'), 'Produce', { topic: 't', partition: 0 });
    expect(refused).toBeInstanceOf(StreamsError);
    await expect(producer.flush()).rejects.toMatchObject({ message: refused.message, retriable: false });
  });
});
