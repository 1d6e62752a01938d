import { describe, expect, it } from 'vitest';
import type { FetchedChunk } from '../../../src/kafka/client.ts';
import { Arrivals } from '../../../src/kafka/fetcher/arrivals.ts';
import { BatchCursor } from '../../../src/kafka/wire/record-batch-reader.ts';

const chunk = (partition: number): FetchedChunk => ({
  topic: 't',
  partition,
  records: new BatchCursor(Buffer.alloc(0)),
  nextOffset: 1,
  endOffset: 1,
  logStartOffset: 0,
  bytes: 1,
  error: null,
});

describe('Arrivals', () => {
  it('hands out each chunk once, in order', () => {
    const arrivals = new Arrivals();
    const chunks = [chunk(0), chunk(1)];
    for (const each of chunks) arrivals.push(each);
    expect(arrivals.take()).toEqual(chunks);
    expect(arrivals.take()).toEqual([]);
  });

  it('ends every wait when a chunk comes, and does not wait when one is there', async () => {
    const arrivals = new Arrivals();
    const waits = Promise.all([arrivals.wait(60_000), arrivals.wait(60_000)]);
    arrivals.push(chunk(0));
    await waits;
    await arrivals.wait(60_000);
    expect(arrivals.take()).toHaveLength(1);
  });

  it('drops the chunks of one partition', () => {
    const arrivals = new Arrivals();
    for (const partition of [0, 1, 0]) arrivals.push(chunk(partition));
    expect(arrivals.drop('t', 0)).toHaveLength(2);
    expect(arrivals.take().map(({ partition }) => partition)).toEqual([1]);
  });
});
