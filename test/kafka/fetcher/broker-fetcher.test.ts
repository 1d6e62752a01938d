import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NO_HEADERS } from '../../../src/core/record.ts';
import type { Cluster } from '../../../src/kafka/cluster/cluster.ts';
import { BrokerFetcher } from '../../../src/kafka/fetcher/broker-fetcher.ts';
import { BatchBuilder } from '../../../src/kafka/wire/record-batch-writer.ts';
import { silentLogger } from '../../../src/observe/logger.ts';

/** A broker that answers each request at once with one batch with a record of so many bytes. */
function fakeCluster(valueBytes: number) {
  const times: number[] = [];
  const cluster = {
    logger: silentLogger,
    lane: (purpose: string) => purpose,
    leader: () => 1,
    leaderFailed: () => undefined,
    closeLane: async () => undefined,
    send: async () => {
      const builder = new BatchBuilder();
      builder.baseOffset = times.length;
      builder.append(null, Buffer.alloc(valueBytes), 1, NO_HEADERS);
      times.push(performance.now());
      const records = builder.build();
      const offsets = { highWatermark: 1_000, lastStableOffset: 1_000, logStartOffset: 0 };
      return {
        errorCode: 0,
        partitions: [{ topic: 't', partition: 0, errorCode: 0, ...offsets, aborted: [], records }],
      };
    },
  };
  return { times, cluster: cluster as unknown as Cluster };
}

describe('a fetcher', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('does not ask for each record of a slow stream, and goes on by itself', async () => {
    const { times, cluster } = fakeCluster(100);
    const fetcher = new BrokerFetcher(cluster, { maxBufferedBytes: 1 << 20 });
    fetcher.add('t', 0, 0);
    await vi.advanceTimersByTimeAsync(60);
    const pauses = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(times.length).toBeGreaterThan(10);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(2);
    await fetcher.close();
  });

  it('asks again at once after an answer that was large', async () => {
    const { times, cluster } = fakeCluster(100_000);
    const fetcher = new BrokerFetcher(cluster, { maxBufferedBytes: 1 << 20 });
    fetcher.add('t', 0, 0);
    await vi.advanceTimersByTimeAsync(1);
    expect(times.length).toBeGreaterThan(1);
    await fetcher.close();
  });
});
