import { afterEach, expect, it, vi } from 'vitest';
import { GroupOffsets } from '../../../src/kafka/admin/group-offsets.ts';
import type { Cluster } from '../../../src/kafka/cluster/cluster.ts';
import { silentLogger } from '../../../src/observe/logger.ts';

const UNSTABLE_OFFSET_COMMIT = 88;
afterEach(() => {
  vi.restoreAllMocks();
});

it('waits for open transactions, says so once when they are open for long, and answers when they have ended', async () => {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const told: unknown[] = [];
  const at = { topic: 'in', partition: 3, offset: 7, metadata: '' };
  const cluster = {
    logger: { ...silentLogger, warn: (fields: unknown) => told.push([now, fields]) },
    retrying: async (step: () => Promise<unknown>) => {
      for (;;) {
        const answer = await step().catch((error: unknown) => error);
        if (!(answer instanceof Error)) return answer;
        expect(answer).toMatchObject({ kafkaError: 'UNSTABLE_OFFSET_COMMIT', retriable: true });
        expect(answer.message).toContain('a transaction that commits positions there is open');
        now += 2_000;
      }
    },
    sendToCoordinator: async () => ({
      errorCode: 0,
      offsets: [{ ...at, errorCode: now < 15_000 ? UNSTABLE_OFFSET_COMMIT : 0 }],
    }),
  };
  const offsets = new GroupOffsets(cluster as unknown as Cluster);
  expect(await offsets.fetch('group', [at], 'lane')).toEqual([at]);
  expect(told).toEqual([[6_000, { groupId: 'group', partitions: ['in-3'] }]]);
});
