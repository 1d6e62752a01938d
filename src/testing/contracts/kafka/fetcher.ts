import { expect, it } from 'vitest';
import { nextChunks, recordsOf, send, valuesOf, type Scenario } from './scenario.ts';

export function fetcherContract(scenario: Scenario): void {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));

  it('begins at the offset asked for, in the middle of a batch too', async () => {
    const topic = await scenario.topic();
    await scenario.write(topic, numbers(10));
    expect(await scenario.read(topic, 3, { from: 7 })).toMatchObject([{ offset: 7 }, { offset: 8 }, { offset: 9 }]);
  });

  it('says where the partition begins and ends', async () => {
    const topic = await scenario.topic();
    await scenario.write(topic, numbers(10));
    const fetcher = scenario.client.fetcher();
    fetcher.add(topic, 0, 4);
    const [chunk] = await nextChunks(fetcher);
    expect(chunk).toMatchObject({ topic, partition: 0, nextOffset: 10, endOffset: 10, logStartOffset: 0, error: null });
    await fetcher.close();
  });

  it('reads on as records arrive', async () => {
    const topic = await scenario.topic();
    const fetcher = scenario.client.fetcher({ maxWaitMs: 5000 });
    fetcher.add(topic, 0, 0);
    for (const value of ['a', 'b', 'c']) {
      await scenario.write(topic, [value]);
      const chunks = await nextChunks(fetcher);
      expect(chunks.flatMap((chunk) => valuesOf(recordsOf(chunk)))).toEqual([value]);
    }
    await fetcher.close();
  });

  it('is woken, by a call that comes just before it waits, too, but by that one once', async () => {
    const fetcher = scenario.client.fetcher();
    const waits = fetcher.arrival(60_000);
    fetcher.wake();
    await waits;
    fetcher.wake();
    fetcher.wake();
    await fetcher.arrival(60_000);
    const begun = performance.now();
    await fetcher.arrival(50);
    expect(performance.now() - begun).toBeGreaterThan(40);
    await fetcher.close();
  });

  it('moves to another offset and forgets what it had', async () => {
    const topic = await scenario.topic();
    await scenario.write(topic, numbers(10));
    const fetcher = scenario.client.fetcher();
    fetcher.add(topic, 0, 0);
    await fetcher.arrival(10_000);
    fetcher.add(topic, 0, 8);
    const seen = (await nextChunks(fetcher)).flatMap((chunk) => recordsOf(chunk));
    expect(valuesOf(seen)).toEqual(['8', '9']);
    await fetcher.close();
  });

  it('delivers nothing of a partition after it was removed', async () => {
    const topic = await scenario.topic(2);
    await scenario.write(topic, numbers(5), 0);
    await scenario.write(topic, ['other'], 1);
    const fetcher = scenario.client.fetcher();
    fetcher.add(topic, 0, 0);
    await fetcher.arrival(10_000);
    fetcher.remove(topic, 0);
    expect(fetcher.bufferedBytes).toBe(0);
    fetcher.add(topic, 1, 0);
    expect((await nextChunks(fetcher)).map(({ partition }) => partition)).toEqual([1]);
    await fetcher.close();
  });

  it('stops at its byte budget until chunks are released', async () => {
    const topic = await scenario.topic();
    const producer = await scenario.producer({ batchBytes: 5000 });
    for (let i = 0; i < 400; i++) send(producer, topic, `${i} ${'x'.repeat(500)}`);
    await producer.flush();
    await producer.close();
    const maxBufferedBytes = 40_000;
    const fetcher = scenario.client.fetcher({ maxBufferedBytes, maxWaitMs: 50 });
    fetcher.add(topic, 0, 0);
    const held = [];
    // Quiet for a while: the budget is used up.
    for (let quiet = 0; quiet < 3; quiet++) {
      await fetcher.arrival(100);
      const chunks = fetcher.poll();
      if (chunks.length > 0) quiet = 0;
      held.push(...chunks);
      expect(fetcher.bufferedBytes).toBeLessThanOrEqual(maxBufferedBytes + 6000);
    }
    expect(held.flatMap(recordsOf).length).toBeLessThan(200);
    const last = held.at(-1)?.nextOffset ?? 0;
    let seen = last;
    for (const chunk of held) fetcher.release(chunk);
    expect(fetcher.bufferedBytes).toBe(0);
    while (seen < 400) {
      for (const chunk of await nextChunks(fetcher)) {
        for (const record of recordsOf(chunk)) expect(record.offset).toBe(seen++);
        fetcher.release(chunk);
      }
    }
    await fetcher.close();
  });

  it('reads a partition although the chunks of another are not released', async () => {
    const topic = await scenario.topic(2);
    const large = Array.from({ length: 200 }, () => 'x'.repeat(500));
    await scenario.write(topic, large, 0);
    const fetcher = scenario.client.fetcher({ maxBufferedBytes: 60_000, maxWaitMs: 50 });
    fetcher.add(topic, 0, 0);
    fetcher.add(topic, 1, 0);
    await nextChunks(fetcher);
    await scenario.write(topic, ['here'], 1);
    const seen: (string | null)[] = [];
    while (seen.length === 0) {
      const chunks = await nextChunks(fetcher);
      seen.push(...chunks.filter(({ partition }) => partition === 1).flatMap((chunk) => valuesOf(recordsOf(chunk))));
    }
    expect(seen).toEqual(['here']);
    await fetcher.close();
  });

  it('reads a batch larger than what it asks for', async () => {
    const topic = await scenario.topic();
    await scenario.write(topic, ['x'.repeat(100_000), 'next']);
    const seen = await scenario.read(topic, 2, { maxPartitionBytes: 1000, maxBufferedBytes: 20_000 });
    expect(seen.map(({ offset }) => offset)).toEqual([0, 1]);
  });

  it('ends the wait for an arrival when it is woken, or when the time is up', async () => {
    const topic = await scenario.topic();
    const fetcher = scenario.client.fetcher();
    fetcher.add(topic, 0, 0);
    const woken = fetcher.arrival(60_000);
    fetcher.wake();
    await woken;
    await fetcher.arrival(20);
    expect(fetcher.poll()).toEqual([]);
    await fetcher.close();
  });

  it('ends a wait when it is closed, and refuses to wait from then on', async () => {
    const topic = await scenario.topic();
    const fetcher = scenario.client.fetcher();
    fetcher.add(topic, 0, 0);
    const waiting = fetcher.arrival(60_000);
    await fetcher.close();
    await waiting;
    await expect(fetcher.arrival(60_000)).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
    expect(fetcher.poll()).toEqual([]);
  });

  it('delivers an offset out of range as an error, and can be set right', async () => {
    const topic = await scenario.topic();
    await scenario.write(topic, numbers(5));
    await scenario.client.admin.deleteRecords([{ topic, partition: 0, offset: 3 }]);
    const fetcher = scenario.client.fetcher();
    fetcher.add(topic, 0, 1);
    const [bad] = await nextChunks(fetcher);
    expect(bad?.error).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    expect(bad?.records.next()).toBe(false);
    fetcher.add(topic, 0, 3);
    const good = (await nextChunks(fetcher)).flatMap((chunk) => recordsOf(chunk));
    expect(valuesOf(good)).toEqual(['3', '4']);
    await fetcher.close();
  });

  it('delivers a missing topic as an error', async () => {
    const fetcher = scenario.client.fetcher();
    fetcher.add(scenario.name('missing'), 0, 0);
    const [chunk] = await nextChunks(fetcher);
    expect(chunk?.error).toMatchObject({ code: 'TOPIC_MISSING' });
    await fetcher.close();
  });

  it('delivers the deletion of a topic it reads as an error', async () => {
    const topic = await scenario.topic();
    const fetcher = scenario.client.fetcher({ maxWaitMs: 100 });
    fetcher.add(topic, 0, 0);
    await fetcher.arrival(100);
    await scenario.client.admin.deleteTopics([topic]);
    const [chunk] = await nextChunks(fetcher);
    expect(chunk?.error).toMatchObject({ code: 'TOPIC_MISSING' });
    await fetcher.close();
  });
}
