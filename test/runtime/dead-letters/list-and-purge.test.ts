import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import { listDeadLetters } from '../../../src/runtime/dead-letters/list-dead-letters.ts';
import { purgeDeadLetters } from '../../../src/runtime/dead-letters/purge-dead-letters.ts';
import { replayDeadLetters } from '../../../src/runtime/dead-letters/replay-dead-letters.ts';
import { failedJobs, GROUP, lettersOf, NOW, openCluster, recordsOf, send } from './letters.ts';

describe('dead letters', () => {
  let client: KafkaClient;
  beforeEach(async () => {
    client = await openCluster();
  });
  afterEach(() => client.close());
  const replay = (ids: readonly string[]) =>
    replayDeadLetters(lettersOf(client), { filter: { ids: { job: ids } }, execute: true });

  it('are counted by topic and reason, with the oldest and the newest, and how many were sent again', async () => {
    await send(client, [...failedJobs(['a', 'b', 'c']), ...failedJobs(['d'], 'exhausted')]);
    await replay(['b', 'd']);
    expect(await listDeadLetters(lettersOf(client, { topics: ['jobs.dlq', 'plain.dlq', 'missing.dlq'] }), {})).toEqual([
      {
        topic: 'jobs.dlq',
        records: 4,
        replayed: 2,
        oldestMs: NOW - 180_000,
        newestMs: NOW - 60_000,
        reasons: { permanent: 3, exhausted: 1 },
      },
      { topic: 'plain.dlq', records: 0, replayed: 0, oldestMs: null, newestMs: null, reasons: {} },
      { topic: 'missing.dlq', records: 0, replayed: 0, oldestMs: null, newestMs: null, reasons: {} },
    ]);
  });

  it('that cannot be decoded are counted under what their headers say', async () => {
    const headers = [{ key: '__streams.errors.exception', value: Buffer.from('TypeError') }];
    await send(client, [
      { topic: 'jobs.dlq', partition: 0, value: '<html>', headers },
      { topic: 'jobs.dlq', partition: 0, value: '<html>' },
    ]);
    const [summary] = await listDeadLetters(lettersOf(client), {});
    expect(summary?.reasons).toEqual({ TypeError: 1, unknown: 1 });
  });

  it('are deleted up to the end that was seen, once that is confirmed, with their marks', async () => {
    await send(client, failedJobs(['a', 'b', 'c']));
    await replay(['a']);
    const plan = await purgeDeadLetters(lettersOf(client), {});
    expect(plan).toMatchObject({ deleted: { 'jobs.dlq': 3 }, neverReplayed: 2 });
    expect(await recordsOf(client, 'jobs.dlq')).toHaveLength(3);
    expect(await purgeDeadLetters(lettersOf(client), { execute: true })).toEqual(plan);
    expect(await recordsOf(client, 'jobs.dlq')).toEqual([]);
    expect((await lettersOf(client).readMarks()).size).toBe(0);
    await send(client, failedJobs(['d']));
    expect((await listDeadLetters(lettersOf(client), {}))[0]?.records).toBe(1);
  });

  it('that were not sent again stay where only replayed ones are to go, and so does what came after them', async () => {
    await send(client, failedJobs(['a', 'b', 'c', 'd', 'e']));
    await replay(['a', 'e', 'b', 'd']);
    const purged = await purgeDeadLetters(lettersOf(client), { replayed: true, execute: true });
    // Partition 0 holds a, c, e: c was not sent again, so e stays too. Partition 1 holds b, d.
    expect(purged).toMatchObject({ deleted: { 'jobs.dlq': 3 }, neverReplayed: 0 });
    expect((await recordsOf(client, 'jobs.dlq')).map(({ key }) => key)).toEqual(['c', 'e']);
    expect((await replay(['e'])).before).toBe(1);
  });

  it('need nothing of the cluster where there are none', async () => {
    const topics = await client.admin.listTopics();
    expect(await purgeDeadLetters(lettersOf(client), { execute: true })).toMatchObject({ neverReplayed: 0, ends: [] });
    expect(await client.admin.listTopics()).toEqual(topics);
    expect(await client.admin.fetchOffsets(GROUP)).toEqual([]);
  });
});
