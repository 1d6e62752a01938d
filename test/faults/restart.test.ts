import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { numbers, TestCluster } from '../integration/runtime/cluster.ts';
import { MemberProcess, type MemberSettings } from '../integration/runtime/member-process.ts';
import { buildCommand } from './command.ts';

const brokers = inject('kafkaBootstrap');
/** RESTART_KEYS=1000000 for the full size. */
const KEYS = Number(process.env['RESTART_KEYS'] ?? 200_000);
const LIMIT_MS = 3_000;

describe.skipIf(brokers.length === 0)(`a restart over the local state of ${KEYS} keys after a SIGKILL`, () => {
  const cluster = new TestCluster(brokers.length > 0 ? brokers : ['127.0.0.1:1']);
  const members: MemberProcess[] = [];

  beforeAll(async () => {
    buildCommand();
    await cluster.open();
  });
  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.end('SIGKILL')));
  });
  afterAll(() => cluster.close());

  it.each(['at_least_once', 'exactly_once_v2'] as const)(
    'runs again within seconds and reads only the tail of the changelog, under %s',
    async (processingGuarantee) => {
      const [input, output] = [await cluster.topic('in', 2), await cluster.topic('out', 2)];
      const applicationId = cluster.name('restart');
      const settings: MemberSettings = {
        applicationId,
        brokers,
        topology: { name: 'count', input, output },
        stateDir: join(cluster.dir, applicationId),
        // A static member takes its place back at once; the session time-out is not what is measured.
        groupInstanceId: 'one',
        processingGuarantee,
      };
      const start = (): MemberProcess => {
        const member = new MemberProcess(settings);
        members.push(member);
        return member;
      };
      const first = start();
      await first.reached('RUNNING');
      await cluster.send(input, numbers(0, KEYS));
      await cluster.committed(applicationId, input, 300_000);
      await cluster.committed(applicationId, `${applicationId}-by-word-repartition`, 300_000);
      // Still at it when it is killed.
      await cluster.send(input, numbers(0, 1_000));
      await first.end('SIGKILL');

      const begun = performance.now();
      const second = start();
      await second.reached('RUNNING');
      const tookMs = performance.now() - begun;
      const running = second.lines.find(({ state }) => state === 'RUNNING');
      const restored = (running?.tasks ?? []).reduce((sum, task) => sum + task.restored, 0);
      console.log(`${KEYS} keys, ${processingGuarantee}: running after ${Math.round(tookMs)} ms, ${restored} restored`);
      expect(tookMs).toBeLessThan(LIMIT_MS);
      // What the last commit before the kill wrote, when that had not reached the disk.
      expect(restored).toBeLessThan(KEYS / 2);

      await cluster.committed(applicationId, input);
      await cluster.committed(applicationId, `${applicationId}-by-word-repartition`);
      await cluster.send(input, ['0', String(KEYS - 1)]);
      const counts = await cluster.counts(
        output,
        new Map([
          ['0', 3],
          [String(KEYS - 1), 2],
        ]),
        120_000,
      );
      const least = [counts.get('0'), counts.get(String(KEYS - 1)), counts.size];
      if (processingGuarantee === 'exactly_once_v2') expect(least).toEqual([3, 2, KEYS]);
      else expect(least.every((count, i) => (count ?? 0) >= ([3, 2, KEYS][i] ?? 0))).toBe(true);
    },
    600_000,
  );
});
