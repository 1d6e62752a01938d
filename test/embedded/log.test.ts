import { describe, expect, it } from 'vitest';
import { PartitionLog } from '../../src/embedded/log.ts';
import { parseTopicConfig } from '../../src/embedded/topic-config.ts';
import { batchOf, textsOf } from './record-batches.ts';

const NOW = 1_000_000;

function newLog(settings: Record<string, string> = {}): PartitionLog {
  return new PartitionLog(parseTopicConfig(settings));
}

function readAll(log: PartitionLog, isolation: 'read_committed' | 'read_uncommitted' = 'read_uncommitted'): string[] {
  const texts: string[] = [];
  for (let offset = log.logStartOffset; offset < log.endOffset(isolation);) {
    const slice = log.read(offset, 1 << 20, isolation);
    texts.push(...textsOf(slice.records, slice.abortedTransactions, offset));
    offset = slice.nextOffset;
  }
  return texts;
}

describe('a partition log', () => {
  it('gives each batch the next offsets and reads them back as they were', () => {
    const log = newLog();
    expect(
      log.append(
        batchOf([
          ['a', '1'],
          ['b', null],
        ]),
        NOW,
      ),
    ).toEqual({ error: 'NONE', baseOffset: 0 });
    expect(log.append(batchOf([[null, '3']]), NOW)).toEqual({ error: 'NONE', baseOffset: 2 });
    expect(readAll(log)).toEqual(['0:a=1', '1:b=null', '2:null=3']);
    expect(log.highWatermark).toBe(3);
  });

  it('reads from the batch that holds the offset, and at least one batch whatever the byte limit', () => {
    const log = newLog();
    for (let i = 0; i < 10; i++)
      log.append(
        batchOf([
          [`k${i}`, 'x'],
          [`l${i}`, 'y'],
        ]),
        NOW,
      );
    const slice = log.read(5, 1, 'read_uncommitted');
    expect(textsOf(slice.records)).toEqual(['4:k2=x', '5:l2=y']);
    expect(slice.nextOffset).toBe(6);
    const size = batchOf([
      ['k0', 'x'],
      ['l0', 'y'],
    ]).length;
    expect(log.read(4, size * 3, 'read_uncommitted').nextOffset).toBe(10);
    expect(log.read(4, size * 3 - 1, 'read_uncommitted').nextOffset).toBe(8);
  });

  it('reads through many segments without a gap', () => {
    const log = newLog();
    const value = 'v'.repeat(40_000);
    for (let i = 0; i < 100; i++) log.append(batchOf([[`${i}`, value]]), NOW);
    expect(readAll(log).map((text) => text.split('=')[0])).toEqual(Array.from({ length: 100 }, (_, i) => `${i}:${i}`));
  });

  it('answers OFFSET_OUT_OF_RANGE outside of what it has, and nothing at its end', () => {
    const log = newLog();
    log.append(
      batchOf([
        ['a', '1'],
        ['b', '2'],
      ]),
      NOW,
    );
    expect(log.deleteRecords(1)).toBe('NONE');
    expect(log.read(0, 100, 'read_uncommitted').error).toBe('OFFSET_OUT_OF_RANGE');
    expect(log.read(3, 100, 'read_uncommitted').error).toBe('OFFSET_OUT_OF_RANGE');
    expect(log.read(2, 100, 'read_uncommitted')).toMatchObject({ error: 'NONE', nextOffset: 2 });
    expect(readAll(log)).toEqual(['1:b=2']);
  });

  it('refuses bytes that are not one batch, batches that are too large, and control batches from producers', () => {
    const log = newLog({ 'max.message.bytes': '200' });
    const batch = batchOf([['a', '1']]);
    expect(log.append(batch.subarray(0, 50), NOW).error).toBe('CORRUPT_MESSAGE');
    expect(log.append(Buffer.concat([batch, batch]), NOW).error).toBe('CORRUPT_MESSAGE');
    expect(log.append(batchOf([['a', 'x'.repeat(300)]]), NOW).error).toBe('MESSAGE_TOO_LARGE');
    const control = Buffer.from(batch);
    control.writeInt16BE(0x20, 21);
    expect(log.append(control, NOW).error).toBe('INVALID_RECORD');
    expect(log.highWatermark).toBe(0);
  });

  it('refuses a record without a key on a compacted topic', () => {
    const log = newLog({ 'cleanup.policy': 'compact' });
    expect(
      log.append(
        batchOf([
          ['a', '1'],
          [null, '2'],
        ]),
        NOW,
      ).error,
    ).toBe('INVALID_RECORD');
    expect(log.append(batchOf([['a', '1']], { compression: 'gzip' }), NOW).error).toBe('NONE');
  });

  it('finds the first record at or after a time', () => {
    const log = newLog();
    log.append(
      batchOf(
        [
          ['a', '1'],
          ['b', '2'],
        ],
        { timestamp: 100 },
      ),
      NOW,
    );
    log.append(
      batchOf(
        [
          ['c', '3'],
          ['d', '4'],
        ],
        { timestamp: 200 },
      ),
      NOW,
    );
    expect(log.offsetForTime(0, 'read_uncommitted')).toEqual({ offset: 0, timestamp: 100 });
    expect(log.offsetForTime(102, 'read_uncommitted')).toEqual({ offset: 2, timestamp: 200 });
    expect(log.offsetForTime(201, 'read_uncommitted')).toEqual({ offset: 3, timestamp: 201 });
    expect(log.offsetForTime(202, 'read_uncommitted')).toBeNull();
  });

  it('writes its own time into the batch under LogAppendTime', () => {
    const log = newLog({ 'message.timestamp.type': 'LogAppendTime' });
    log.append(batchOf([['a', '1']], { timestamp: 5 }), NOW);
    expect(log.offsetForTime(NOW, 'read_uncommitted')).toEqual({ offset: 0, timestamp: NOW });
  });

  it('stays below retention.bytes by whole segments, and never deletes the last', () => {
    const log = newLog({ 'retention.bytes': '200000' });
    const value = 'v'.repeat(10_000);
    for (let i = 0; i < 500; i++) log.append(batchOf([[`${i}`, value]]), NOW);
    expect(log.sizeBytes).toBeLessThan(200_000 + 2 * 1024 * 1024);
    expect(log.logStartOffset).toBeGreaterThan(200);
    expect(log.highWatermark).toBe(500);
    expect(readAll(log)).toHaveLength(500 - log.logStartOffset);
  });

  it('deletes segments older than retention.ms when asked to', () => {
    const log = newLog({ 'retention.ms': '1000' });
    for (let i = 0; i < 100; i++) log.append(batchOf([['k', 'v'.repeat(1000)]], { timestamp: i * 100 }), NOW);
    log.enforceRetention(6_000);
    expect(log.logStartOffset).toBeGreaterThan(0);
    expect(log.offsetForTime(0, 'read_uncommitted')?.timestamp).toBeLessThan(5_000 + 1);
    expect(readAll(log).at(-1)).toMatch(/^99:/);
  });
});

describe('an idempotent producer at a partition log', () => {
  const of = (baseSequence: number, count = 1, producerEpoch = 0) =>
    batchOf(
      Array.from({ length: count }, (_, i) => ['k', String(baseSequence + i)] as const),
      { producerId: 7, producerEpoch, baseSequence },
    );

  it('is told the same offset for a batch that is there already', () => {
    const log = newLog();
    log.append(of(0, 3), NOW);
    log.append(of(3, 2), NOW);
    expect(log.append(of(0, 3), NOW)).toEqual({ error: 'NONE', baseOffset: 0 });
    expect(log.append(of(3, 2), NOW)).toEqual({ error: 'NONE', baseOffset: 3 });
    expect(log.highWatermark).toBe(5);
  });

  it('is refused when a sequence number is missing', () => {
    const log = newLog();
    log.append(of(0), NOW);
    expect(log.append(of(2), NOW)).toEqual({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER', baseOffset: -1 });
    expect(log.append(of(1), NOW).error).toBe('NONE');
  });

  it('begins at 0 under a new epoch, and its older epochs are fenced', () => {
    const log = newLog();
    log.append(of(0), NOW);
    expect(log.append(of(1, 1, 1), NOW).error).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(log.append(of(0, 1, 1), NOW).error).toBe('NONE');
    expect(log.append(of(1), NOW).error).toBe('INVALID_PRODUCER_EPOCH');
  });

  it('may begin anywhere when the partition does not know it', () => {
    expect(newLog().append(of(40), NOW).error).toBe('NONE');
  });

  it('goes on at 0 after the last sequence number there is', () => {
    const log = newLog();
    log.append(of(0x7fff_fffe, 2), NOW);
    expect(log.append(of(0), NOW).error).toBe('NONE');
  });
});

describe('transactions in a partition log', () => {
  const of = (producerId: number, baseSequence: number, value: string) =>
    batchOf([['k', value]], { producerId, producerEpoch: 0, baseSequence, transactional: true });

  it('hold the last stable offset back until their markers are written', () => {
    const log = newLog();
    log.append(batchOf([['k', 'plain']]), NOW);
    log.append(of(1, 0, 'one'), NOW);
    log.append(of(2, 0, 'two'), NOW);
    expect(log.lastStableOffset).toBe(1);
    expect(readAll(log, 'read_committed')).toEqual(['0:k=plain']);
    log.appendMarker(2, 0, true, NOW);
    expect(log.lastStableOffset).toBe(1);
    log.appendMarker(1, 0, true, NOW);
    expect(log.lastStableOffset).toBe(5);
    expect(readAll(log, 'read_committed')).toEqual(['0:k=plain', '1:k=one', '2:k=two']);
  });

  it('that are aborted are read by read_uncommitted only, also when the producer goes on', () => {
    const log = newLog();
    log.append(of(1, 0, 'lost'), NOW);
    log.append(of(2, 0, 'kept'), NOW);
    log.appendMarker(1, 0, false, NOW);
    log.append(of(1, 1, 'later'), NOW);
    log.appendMarker(1, 0, true, NOW);
    log.appendMarker(2, 0, true, NOW);
    expect(readAll(log, 'read_committed')).toEqual(['1:k=kept', '3:k=later']);
    expect(readAll(log)).toEqual(['0:k=lost', '1:k=kept', '3:k=later']);
    // Read from behind the abort: its entry no longer concerns what follows.
    expect(log.read(3, 1 << 20, 'read_committed').abortedTransactions).toEqual([]);
  });

  it('fence the older epochs of their producer by the marker', () => {
    const log = newLog();
    log.append(of(1, 0, 'x'), NOW);
    log.appendMarker(1, 1, false, NOW);
    expect(log.append(of(1, 1, 'zombie'), NOW).error).toBe('INVALID_PRODUCER_EPOCH');
  });
});

describe('compaction of a partition log', () => {
  it('keeps the last record of each key at its offset, in plain and compressed batches', () => {
    const log = newLog({ 'cleanup.policy': 'compact' });
    log.append(
      batchOf([
        ['a', '1'],
        ['b', '1'],
        ['c', '1'],
      ]),
      NOW,
    );
    log.append(
      batchOf(
        [
          ['a', '2'],
          ['d', '1'],
        ],
        { compression: 'gzip' },
      ),
      NOW,
    );
    log.append(
      batchOf([
        ['b', '2'],
        ['a', '3'],
      ]),
      NOW,
    );
    log.compact(NOW);
    expect(readAll(log)).toEqual(['2:c=1', '4:d=1', '5:b=2', '6:a=3']);
    expect(log.highWatermark).toBe(7);
    expect(log.append(batchOf([['e', '1']]), NOW).baseOffset).toBe(7);
    expect(readAll(log)).toContain('7:e=1');
  });

  it('keeps tombstones for delete.retention.ms', () => {
    const log = newLog({ 'cleanup.policy': 'compact', 'delete.retention.ms': '500' });
    log.append(batchOf([['a', '1']], { timestamp: 1_000 }), NOW);
    log.append(batchOf([['a', null]], { timestamp: 1_000 }), NOW);
    log.compact(1_400);
    expect(readAll(log)).toEqual(['1:a=null']);
    log.compact(1_600);
    expect(readAll(log)).toEqual([]);
    expect(log.read(0, 100, 'read_committed')).toMatchObject({ error: 'NONE', nextOffset: 2 });
  });

  it('drops aborted records, keeps what is above the last stable offset, and does not hide later transactions', () => {
    const log = newLog({ 'cleanup.policy': 'compact' });
    const of = (producerId: number, baseSequence: number, key: string, value: string) =>
      batchOf([[key, value]], { producerId, producerEpoch: 0, baseSequence, transactional: true });
    log.append(batchOf([['a', 'good']]), NOW);
    log.append(of(1, 0, 'a', 'aborted'), NOW);
    log.appendMarker(1, 0, false, NOW);
    log.append(of(1, 1, 'b', 'committed'), NOW);
    log.appendMarker(1, 0, true, NOW);
    log.append(of(1, 2, 'a', 'open'), NOW);
    log.compact(NOW);
    expect(readAll(log, 'read_committed')).toEqual(['0:a=good', '3:b=committed']);
    expect(readAll(log)).toEqual(['0:a=good', '3:b=committed', '5:a=open']);
  });

  it('runs by itself when the log has doubled, so that a long run is bounded by its keys', () => {
    const log = newLog({ 'cleanup.policy': 'compact' });
    const value = 'v'.repeat(50_000);
    for (let i = 0; i < 400; i++) log.append(batchOf([[`${i % 5}`, value]]), NOW);
    expect(log.sizeBytes).toBeLessThan(9 * 1024 * 1024);
    expect(readAll(log).at(-1)).toMatch(/^399:4=/);
  });

  it('leaves a topic without the policy alone', () => {
    const log = newLog();
    log.append(
      batchOf([
        ['a', '1'],
        ['a', '2'],
      ]),
      NOW,
    );
    log.compact(NOW);
    expect(readAll(log)).toEqual(['0:a=1', '1:a=2']);
  });
});
