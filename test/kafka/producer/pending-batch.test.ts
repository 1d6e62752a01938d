import { describe, expect, it } from 'vitest';
import { NO_HEADERS } from '../../../src/core/record.ts';
import { newBatch, nextSequence, splitBatch } from '../../../src/kafka/producer/pending-batch.ts';
import { readBatchHeader } from '../../../src/kafka/wire/record-batch-reader.ts';

describe('splitBatch', () => {
  it('makes two batches that carry the sequence on', () => {
    const batch = newBatch({ topic: 't', partition: 0 }, 1, 0, { producerId: 7, producerEpoch: 1, baseSequence: 100 });
    for (let i = 0; i < 5; i++) batch.builder.append(null, Buffer.from(String(i)), i, NO_HEADERS);
    const [first, second] = splitBatch(batch, batch.builder.build(), {});
    expect(readBatchHeader(first.builder.build(), 0)).toMatchObject({ count: 3, baseSequence: 100, producerId: 7 });
    expect(readBatchHeader(second.builder.build(), 0)).toMatchObject({ count: 2, baseSequence: 103, producerEpoch: 1 });
    expect([first.sealed, second.sealed, first.serial]).toEqual([true, true, 1]);
  });
});

describe('nextSequence', () => {
  it('begins again at 0 after the largest int32', () => {
    expect(nextSequence(0x7fffffff, 1)).toBe(0);
    expect(nextSequence(0x7ffffffe, 5)).toBe(3);
    expect(nextSequence(10, 5)).toBe(15);
  });
});
