import { describe, expect, it } from 'vitest';
import { NO_HEADERS } from '../../src/core/record.ts';
import { NeedsPreparation, type Serde } from '../../src/core/serde.ts';
import type { FetchedChunk } from '../../src/kafka/client.ts';
import { crc32c } from '../../src/kafka/wire/crc32c.ts';
import { BatchCursor } from '../../src/kafka/wire/record-batch-reader.ts';
import { BatchBuilder } from '../../src/kafka/wire/record-batch-writer.ts';
import { PartitionQueue } from '../../src/runtime/partition-queue.ts';
import type { TaskFaults } from '../../src/runtime/task-faults.ts';
import { memoryChunk } from '../../src/testing/memory-chunk.ts';
import type { SourceNode } from '../../src/topology/topology.ts';

const text: Serde<unknown> = {
  name: 'text',
  serialize: (_topic, value) => Buffer.from(String(value)),
  deserialize: (_topic, bytes) => {
    const value = bytes.toString();
    if (value === 'bad') throw new Error('not a text of ours');
    return value;
  },
};

const source = (over: Partial<SourceNode> = {}): SourceNode => ({
  kind: 'source',
  name: 'S',
  parents: [],
  children: [],
  topics: ['t'],
  pattern: null,
  internal: false,
  key: text,
  value: text,
  timestampExtractor: null,
  offsetReset: null,
  notBefore: null,
  ...over,
});

function make(over: Partial<SourceNode> = {}, value: Serde<unknown> = text, position = 0) {
  const log: string[] = [];
  const steps: (() => void)[] = [];
  const released: FetchedChunk[] = [];
  const faults: TaskFaults = {
    deserialization: (error, _node, record) => log.push(`bytes ${record.offset}: ${String(error)}`),
    processing: () => undefined,
    production: () => undefined,
    dropped: (reason, _node, record) => log.push(`${reason} ${record.offset}`),
    later: (step) => steps.push(step),
  };
  let woken: () => void = () => undefined;
  const awake = new Promise<void>((resolve) => {
    woken = resolve;
  });
  const queue = new PartitionQueue({
    node: source(over),
    topic: 't',
    partition: 0,
    key: text,
    value,
    position,
    endOffset: 0,
    faults,
    release: (chunk) => released.push(chunk),
    wake: () => woken(),
  });
  return { queue, log, steps, released, awake };
}

const chunk = (offset: number, value: string, timestamp = offset): FetchedChunk =>
  memoryChunk('t', 0, { offset, timestamp, key: null, value: Buffer.from(value), headers: NO_HEADERS });

describe('PartitionQueue', () => {
  it('has its first record decoded, and says the offset after the last one that was taken', () => {
    const { queue, released } = make();
    queue.push(chunk(0, 'a'));
    queue.push(chunk(1, 'b'));
    expect([queue.ready, queue.value, queue.position]).toEqual([true, 'a', 0]);
    queue.take();
    expect([queue.value, queue.position]).toEqual(['b', 1]);
    queue.take();
    expect([queue.ready, queue.position]).toEqual([false, 2]);
    expect(released).toHaveLength(2);
  });

  it('passes over offsets that hold no record, such as transaction markers', () => {
    const { queue } = make();
    queue.push({ ...chunk(0, 'a'), nextOffset: 3 });
    queue.take();
    expect(queue.position).toBe(3);
  });

  it('asks what to do about bytes that do not fit, and goes on with the next record', () => {
    const { queue, log } = make();
    queue.push(chunk(0, 'bad'));
    queue.push(chunk(1, 'good'));
    expect(log).toEqual(['bytes 0: Error: not a text of ours']);
    expect([queue.value, queue.position]).toEqual(['good', 1]);
  });

  it('asks what to do about a damaged batch or record, and loses nothing that can be read', () => {
    const batch = (baseOffset: number, ...values: string[]): Buffer => {
      const builder = new BatchBuilder({});
      builder.baseOffset = baseOffset;
      for (const value of values) builder.append(null, Buffer.from(value), 1, NO_HEADERS);
      return builder.build();
    };
    const damaged = batch(1, 'b', 'c');
    damaged[70] = (damaged[70] ?? 0) ^ 1;
    // One header is announced that is not there.
    const headers = batch(3, 'd', 'e');
    headers[68] = 0x06;
    headers.writeUInt32BE(crc32c(headers, 21), 17);
    const run = Buffer.concat([batch(0, 'a'), damaged, headers, batch(5, 'f')]);
    const { queue, log } = make();
    queue.push({ ...chunk(0, ''), records: new BatchCursor(run), nextOffset: 6, endOffset: 6 });
    const seen: unknown[] = [];
    for (; queue.ready; queue.take()) seen.push(queue.value);
    expect(seen).toEqual(['a', 'e', 'f']);
    expect(log.map((line) => line.slice(0, 7))).toEqual(['bytes 1', 'bytes 3']);
    expect([queue.position, queue.skipped]).toEqual([6, 2]);
  });

  it('drops and counts a negative time of an extractor, and fails on a negative one of the record itself', () => {
    const extracted = make({ timestampExtractor: (_key, value) => (value === 'skip' ? -1 : 7) });
    extracted.queue.push(chunk(0, 'skip'));
    extracted.queue.push(chunk(1, 'keep'));
    expect(extracted.log).toEqual(['negative-timestamp 0']);
    expect(extracted.queue.record?.timestamp).toBe(7);
    expect(() => make().queue.push(chunk(0, 'a', -1))).toThrow(/timestamp -1/);
  });

  it('waits with everything behind a record whose schema has to be loaded first', async () => {
    let known = false;
    const { queue, awake, steps } = make(
      {},
      {
        ...text,
        deserialize: (topic, bytes) => {
          if (!known) throw new NeedsPreparation('schema 7', 7);
          return text.deserialize(topic, bytes);
        },
        recover: async () => {
          known = true;
        },
      },
    );
    queue.push(chunk(0, 'a'));
    queue.push(chunk(1, 'b'));
    expect(queue.ready).toBe(false);
    await awake;
    for (const step of steps.splice(0)) step();
    expect([queue.ready, queue.value]).toEqual([true, 'a']);
    queue.take();
    expect(queue.value).toBe('b');
  });

  it.each([
    { takenByOthers: 2, outcome: [true, 'a'] },
    { takenByOthers: 3, outcome: [false, null] },
  ])(
    'asks again for what another partition took the answer to, but not for ever: $takenByOthers',
    async ({ takenByOthers, outcome }) => {
      let left = takenByOthers + 1;
      const { queue, steps } = make(
        {},
        {
          ...text,
          deserialize: (topic, bytes) => {
            if (left > 0) throw new NeedsPreparation('schema 7', 7);
            return text.deserialize(topic, bytes);
          },
          recover: async () => void left--,
        },
      );
      queue.push(chunk(0, 'a'));
      for (let turn = 0; turn < 5; turn++) {
        await new Promise((resolve) => setImmediate(resolve));
        for (const step of steps.splice(0)) step();
      }
      expect([queue.ready, queue.ready ? queue.value : null]).toEqual(outcome);
    },
  );

  it('says when a delayed record is due', () => {
    const { queue } = make({ notBefore: (record) => record.timestamp + 500 });
    queue.push(chunk(0, 'a', 100));
    expect(queue.notBefore).toBe(600);
  });

  it('tells the task’s loop of a bad record behind one that had to wait, and does not pass it by itself', async () => {
    let known = false;
    const { queue, awake, steps, log } = make(
      { timestampExtractor: (_key, value) => (value === 'early' ? -1 : 1) },
      {
        ...text,
        deserialize: (topic, bytes) => {
          if (!known) throw new NeedsPreparation('schema 7', 7);
          return text.deserialize(topic, bytes);
        },
        recover: async () => {
          known = true;
        },
      },
    );
    queue.push(chunk(0, 'early'));
    queue.push(chunk(1, 'bad'));
    await awake;
    expect([queue.position, log]).toEqual([0, []]);
    for (const step of steps.splice(0)) step();
    expect(log).toEqual(['negative-timestamp 0', expect.stringContaining('bytes 1')]);
    expect(queue.position).toBe(2);
  });

  it('goes on behind a cut when it has handed out what it had', () => {
    const { queue } = make();
    queue.push(chunk(0, 'a'));
    queue.moveTo(7, 9);
    expect([queue.position, queue.value]).toEqual([0, 'a']);
    queue.take();
    queue.moveTo(7, 9);
    expect([queue.position, queue.lag]).toEqual([7, 2]);
    queue.push(chunk(7, 'b'));
    expect(queue.value).toBe('b');
  });

  it('goes back when its topic is shorter than it was', () => {
    const { queue, released } = make({}, text, 5);
    queue.push(chunk(5, 'a'));
    queue.moveTo(0, 1);
    expect([queue.ready, queue.position, released.length]).toEqual([false, 0, 1]);
    queue.push(chunk(0, 'new'));
    expect(queue.value).toBe('new');
  });
});
