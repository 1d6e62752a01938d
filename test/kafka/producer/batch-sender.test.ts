import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NO_HEADERS } from '../../../src/core/record.ts';
import type { Cluster } from '../../../src/kafka/cluster/cluster.ts';
import { IdempotentProducer } from '../../../src/kafka/producer/idempotent-producer.ts';
import { requestPieces } from '../../../src/kafka/kafkajs/request-pieces.ts';
import type { WireRequest } from '../../../src/kafka/wire/request.ts';
import { silentLogger } from '../../../src/observe/logger.ts';

/** One broker that takes everything; which of the topics a and b each request had. */
function fakeCluster() {
  const asked: string[] = [];
  const cluster = {
    logger: silentLogger,
    requestTimeoutMs: 1_000,
    lane: (purpose: string) => purpose,
    leader: () => 1,
    retrying: <T>(step: () => Promise<T>) => step(),
    sendToAny: async () => ({ errorCode: 0, producerId: 7, producerEpoch: 0 }),
    send: async (_node: number, _lane: string, request: WireRequest<unknown>) => {
      const bytes = Buffer.concat(requestPieces(request, { version: 7, correlationId: 1, clientId: '' }));
      const topics = ['topic-a', 'topic-b'].filter((topic) => bytes.includes(topic));
      asked.push(topics.join());
      return {
        throttleMs: 0,
        partitions: topics.map((topic) => ({ topic, partition: 0, errorCode: 0, baseOffset: 0 })),
      };
    },
  };
  return { asked, cluster: cluster as unknown as Cluster };
}

describe('batches that linger', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('go along with the first whose time has come, in one request', async () => {
    const { asked, cluster } = fakeCluster();
    const producer = new IdempotentProducer(cluster, { lingerMs: 40 });
    await producer.init();
    const send = (topic: string): void => producer.send(topic, 0, null, Buffer.from('v'), 1, NO_HEADERS);
    send('topic-a');
    await vi.advanceTimersByTimeAsync(30);
    send('topic-b');
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(12);
    expect(asked).toEqual(['topic-a,topic-b']);
  });

  it('wait alone where the other has been sent', async () => {
    const { asked, cluster } = fakeCluster();
    const producer = new IdempotentProducer(cluster, { lingerMs: 40 });
    await producer.init();
    const send = (topic: string): void => producer.send(topic, 0, null, Buffer.from('v'), 1, NO_HEADERS);
    send('topic-a');
    await vi.advanceTimersByTimeAsync(45);
    send('topic-b');
    await vi.advanceTimersByTimeAsync(35);
    expect(asked).toEqual(['topic-a']);
    await vi.advanceTimersByTimeAsync(10);
    expect(asked).toEqual(['topic-a', 'topic-b']);
  });
});
