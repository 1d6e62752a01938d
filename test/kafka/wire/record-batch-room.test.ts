import { describe, expect, it } from 'vitest';
import { NO_HEADERS } from '../../../src/core/record.ts';
import { BatchBuilder } from '../../../src/kafka/wire/record-batch-writer.ts';

function fill(builder: BatchBuilder, text: string): Buffer {
  for (let i = 0; i < 50; i++) builder.append(Buffer.from(`key-${i}`), Buffer.from(text.repeat(20)), 1_000, NO_HEADERS);
  return builder.build();
}

describe('a batch in memory that another one released', () => {
  it('has the bytes of one in new memory', () => {
    const first = new BatchBuilder({ initialBytes: 16_384 });
    fill(first, 'first');
    const room = first.release();
    expect(room.length).toBe(16_384);
    const second = new BatchBuilder({ room });
    const bytes = fill(second, 'x');
    expect(bytes.buffer).toBe(room.buffer);
    expect(bytes).toEqual(fill(new BatchBuilder(), 'x'));
  });
});
