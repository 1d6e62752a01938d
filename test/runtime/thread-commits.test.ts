import { describe, expect, it } from 'vitest';
import type { KafkaClient, Producer } from '../../src/kafka/client.ts';
import type { ResolvedConfig } from '../../src/runtime/config.ts';
import { ThreadMetrics } from '../../src/runtime/metrics/thread-metrics.ts';
import type { StreamTask } from '../../src/runtime/stream-task.ts';
import { ThreadCommits, type ThreadCommitsOptions } from '../../src/runtime/thread-commits.ts';

/** One task that is always dirty, and whose local state is written when the test says so. */
function make() {
  const log: string[] = [];
  const writes: { done(): void; failed(error: Error): void }[] = [];
  const task = {
    started: true,
    dirty: true,
    subTopology: { stores: [] },
    partition: 0,
    collector: { blocked: false },
    commitRequested: false,
    prepareCommit: () => undefined,
    keepInFlight: () => false,
    positions: () => [{ topic: 'in', partition: 0, offset: 1 }],
    committed: () => void log.push('committed'),
    state: {
      uncommittedBytes: 0,
      commit: () => {
        log.push('writing');
        return new Promise<void>((resolve, reject) => writes.push({ done: resolve, failed: reject }));
      },
    },
  } as unknown as StreamTask;
  const producer = {
    init: async () => undefined,
    flush: async () => undefined,
    close: async () => undefined,
  } as unknown as Producer;
  const clock = { now: () => 0, monotonic: () => 0 };
  const commits = new ThreadCommits({
    client: { producer: () => producer } as unknown as KafkaClient,
    config: {
      applicationId: 'app',
      processingGuarantee: 'at_least_once',
      commitIntervalMs: 1_000,
      uncommittedMaxBytes: 1_000,
      clock,
      logger: { warn: () => undefined },
    } as unknown as ResolvedConfig,
    index: 1,
    processId: 'process',
    metrics: new ThreadMetrics(clock),
    tasks: {
      active: new Map([['0_0', task]]),
      running: () => [task],
      closeActive: async () => void log.push('closed'),
    },
    member: { commit: async () => undefined },
    stopping: () => false,
  } as unknown as ThreadCommitsOptions);
  return { log, writes, commits };
}

describe('ThreadCommits', () => {
  it('lets records be processed while local state is written, and begins no commit before it is', async () => {
    const { log, writes, commits } = make();
    await commits.commitOrDrop();
    expect(log).toEqual(['writing', 'committed']);
    const second = commits.commitOrDrop();
    await new Promise((resume) => setImmediate(resume));
    expect(log).toEqual(['writing', 'committed']);
    writes[0]?.done();
    await second;
    expect(log).toEqual(['writing', 'committed', 'writing', 'committed']);
    writes[1]?.done();
    await commits.stored();
  });

  it('is due at once, and fails, when local state could not be written', async () => {
    const { writes, commits } = make();
    await commits.commitOrDrop();
    expect(commits.due).toBe(false);
    writes[0]?.failed(new Error('the disk is full'));
    await expect(commits.stored()).rejects.toThrow('the disk is full');
    expect(commits.due).toBe(true);
    await expect(commits.commitOrDrop()).rejects.toThrow('the disk is full');
  });

  it('goes on after work was dropped whose local state could not be written', async () => {
    const { log, writes, commits } = make();
    await commits.commitOrDrop();
    writes[0]?.failed(new Error('the disk is full'));
    await commits.drop();
    expect(commits.due).toBe(false);
    await commits.commitOrDrop();
    expect(log).toEqual(['writing', 'committed', 'closed', 'writing', 'committed']);
  });
});
