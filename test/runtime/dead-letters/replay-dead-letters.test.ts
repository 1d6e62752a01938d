import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import { serdes } from '../../../src/serdes/serdes.ts';
import { replayDeadLetters } from '../../../src/runtime/dead-letters/replay-dead-letters.ts';
import { StreamsBuilder } from '../../../src/topology/builder.ts';
import { failedJobs, GROUP, lettersOf, NOW, openCluster, recordsOf, send } from './letters.ts';

describe('a replay of dead letters', () => {
  let client: KafkaClient;
  beforeEach(async () => {
    client = await openCluster();
  });
  afterEach(() => client.close());
  const replay = (filter = {}, options = {}) =>
    replayDeadLetters(lettersOf(client), { filter, execute: true, ...options });
  const position = async () => (await client.admin.fetchOffsets(GROUP)).map(({ offset }) => offset);

  it('sends the task again with its tries back at zero, its own headers, its key and its time', async () => {
    await send(client, failedJobs(['a']));
    expect(await replay()).toEqual({ sent: { jobs: 1 }, before: 0, refused: [] });
    expect(await recordsOf(client, 'jobs')).toEqual([
      {
        key: 'a',
        value: '{"id":"a","retry_count":0}',
        timestamp: NOW,
        headers: {
          trace: 't-1',
          '__streams.replay.at': '2026-05-05T10:00:00.000Z',
          '__streams.replay.from': 'jobs.dlq/0/0',
        },
      },
    ]);
  });

  it('changes nothing unless it is told to, and says the same beforehand', async () => {
    await send(client, failedJobs(['a', 'b', 'c']));
    const topics = await client.admin.listTopics();
    const plan = await replayDeadLetters(lettersOf(client), { filter: {} });
    expect(plan.sent).toEqual({ jobs: 3 });
    expect(await recordsOf(client, 'jobs')).toEqual([]);
    expect(await client.admin.listTopics()).toEqual(topics);
    expect(await replay()).toEqual(plan);
  });

  it('sends nothing twice, unless it is told to', async () => {
    await send(client, failedJobs(['a', 'b']));
    await replay();
    expect(await replay()).toEqual({ sent: {}, before: 2, refused: [] });
    await send(client, failedJobs(['c']));
    expect(await replay()).toEqual({ sent: { jobs: 1 }, before: 2, refused: [] });
    expect(await recordsOf(client, 'jobs')).toHaveLength(3);
    expect((await replay({}, { again: true })).sent).toEqual({ jobs: 3 });
    expect(await recordsOf(client, 'jobs')).toHaveLength(6);
  });

  it('sends what the filter names and leaves the rest for later', async () => {
    await send(client, [...failedJobs(['a', 'b', 'c']), ...failedJobs(['d', 'e'], 'exhausted')]);
    expect((await replay({ ids: { job: ['b'] } })).sent).toEqual({ jobs: 1 });
    expect((await replay({ reason: 'EXHAUSTED' })).sent).toEqual({ jobs: 2 });
    expect((await replay({ reason: 'job a:' })).sent).toEqual({ jobs: 1 });
    expect((await replay({ sinceMs: NOW - 180_000, untilMs: NOW - 179_999 })).sent).toEqual({ jobs: 1 });
    expect((await replay({ places: ['jobs.dlq/0/0'] })).before).toBe(1);
    expect(await replay()).toEqual({ sent: {}, before: 5, refused: [] });
    const sent = (await recordsOf(client, 'jobs')).map(({ key }) => key);
    expect(new Set(sent)).toEqual(new Set(['a', 'b', 'c', 'd', 'e']));
    expect(sent).toHaveLength(5);
  });

  it('commits positions of its own group, up to the first that was not sent', async () => {
    await send(client, failedJobs(['a', 'b', 'c', 'd', 'e', 'f']));
    await replay({ ids: { job: ['a', 'e', 'b', 'd'] } });
    // Partition 0 holds a, c, e; partition 1 holds b, d, f.
    expect(await position()).toEqual([1, 2]);
    await replay({ ids: { job: ['c'] } });
    expect(await position()).toEqual([3, 2]);
    expect((await client.admin.describeGroup(GROUP)).members).toEqual([]);
  });

  it('goes on in several transactions where there is much', async () => {
    await send(client, failedJobs(Array.from({ length: 1201 }, (_, i) => `j-${i}`)));
    expect((await replay()).sent).toEqual({ jobs: 1201 });
    expect(await recordsOf(client, 'jobs')).toHaveLength(1201);
    expect(await position()).toEqual([601, 600]);
  });

  it('says what cannot be read, and sends the rest', async () => {
    await send(client, [
      { topic: 'jobs.dlq', partition: 0, value: 'no JSON' },
      { topic: 'jobs.dlq', partition: 0, value: null },
      ...failedJobs(['a']),
    ]);
    const { sent, refused } = await replay();
    expect(sent).toEqual({ jobs: 1 });
    expect(refused.map(({ place }) => place)).toEqual(['jobs.dlq/0/0', 'jobs.dlq/0/1']);
  });

  it('fails where the topic that the records came from is gone', async () => {
    await send(client, failedJobs(['a']));
    await client.admin.deleteTopics(['jobs']);
    await expect(replay()).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  });

  it('sends nothing of a transaction that another replay cuts short, and all of it the next time', async () => {
    await send(client, failedJobs(['a', 'b', 'c']));
    const letters = lettersOf(client);
    const inTheMiddle = letters.visit.bind(letters);
    letters.visit = async (filter, marks, visit) => {
      let seen = 0;
      return inTheMiddle(filter, marks, async (letter, matching) => {
        await visit(letter, matching);
        if (++seen !== 2) return;
        const other = client.producer({ transactionalId: GROUP });
        await other.init();
        await other.close();
      });
    };
    await expect(replayDeadLetters(letters, { filter: {}, execute: true })).rejects.toMatchObject({ code: 'FENCED' });
    expect(await recordsOf(client, 'jobs')).toEqual([]);
    expect(await replay()).toEqual({ sent: { jobs: 3 }, before: 0, refused: [] });
    expect(await recordsOf(client, 'jobs')).toHaveLength(3);
  });
});

describe('a replay of dead letters that the application says nothing of', () => {
  let client: KafkaClient;
  beforeEach(async () => {
    client = await openCluster();
  });
  afterEach(() => client.close());
  const from = (topic: string) => [
    { key: '__streams.errors.topic', value: Buffer.from(topic) },
    { key: '__streams.errors.partition', value: Buffer.from('0') },
    { key: '__streams.errors.offset', value: Buffer.from('7') },
  ];
  const strings = { key: serdes.string, value: serdes.string };
  const planOf = (asNumber: boolean) => {
    const builder = new StreamsBuilder();
    const tries = { name: 'tries', delaysMs: [10], deadLetter: 'plain.dlq', ...strings };
    const input = builder.stream('plain', strings);
    const done = asNumber
      ? input.retry({ ...tries, toDeadLetter: () => 1, deadLetterValue: serdes.float64 }, (attempts) => attempts)
      : input.retry(tries, (attempts) => attempts);
    done.to('out', strings);
    return builder.build().plan;
  };
  const replay = (plans: Parameters<typeof lettersOf>[1]) =>
    replayDeadLetters(lettersOf(client, { topics: ['plain.dlq'], sources: [], ...plans }), {
      filter: {},
      execute: true,
    });

  it('sends the same bytes to the topic that the headers name', async () => {
    await send(client, [{ topic: 'plain.dlq', partition: 0, key: 'k', value: 'v', headers: from('plain') }]);
    expect((await replay({ plans: [planOf(false)] })).sent).toEqual({ plain: 1 });
    expect(await recordsOf(client, 'plain')).toMatchObject([{ key: 'k', value: 'v' }]);
  });

  it('does not guess where the dead letter is another thing than the record', async () => {
    await send(client, [{ topic: 'plain.dlq', partition: 0, value: Buffer.alloc(8), headers: from('plain') }]);
    const { sent, refused } = await replay({ plans: [planOf(true)] });
    expect(sent).toEqual({});
    expect(refused[0]?.why).toContain('say in deadLetters of the application what to send again');
  });

  it('refuses a record whose headers do not say where it came from', async () => {
    await send(client, [{ topic: 'plain.dlq', partition: 0, value: 'v' }]);
    const { refused } = await replay({});
    expect(refused).toEqual([{ place: 'plain.dlq/0/0', why: 'its headers do not say which topic it came from' }]);
  });
});
