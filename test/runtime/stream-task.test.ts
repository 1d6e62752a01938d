import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/core/clock.ts';
import { NO_HEADERS } from '../../src/core/record.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import { faultPolicy } from '../../src/runtime/fault-policy.ts';
import { PartitionQueue } from '../../src/runtime/partition-queue.ts';
import { RecordCollector } from '../../src/runtime/record-collector.ts';
import { StreamTask } from '../../src/runtime/stream-task.ts';
import { TaskMetrics } from '../../src/runtime/task-metrics.ts';
import { TaskRetries } from '../../src/runtime/task-retries.ts';
import type { Processor, ProcessorContext } from '../../src/processors/processor.ts';
import type { TaskState } from '../../src/state/task-state.ts';
import { memoryChunk } from '../../src/testing/memory-chunk.ts';
import type { SourceNode } from '../../src/topology/topology.ts';
import type { FaultHandler } from '../../src/runtime/config.ts';
import { processor, sink, source, subTopology, text } from './plans.ts';

const noState: TaskState = {
  cacheUse: () => ({ hits: 0, misses: 0 }),
  store: () => {
    throw new Error('no stores here');
  },
  positions: new Map(),
  restore: () => undefined,
  restored: async () => undefined,
  wipe: async () => undefined,
  flush: () => undefined,
  uncommittedBytes: 0,
  sizes: [],
  commit: async () => undefined,
  rollback: () => undefined,
  close: async () => undefined,
};

interface Made {
  readonly task: StreamTask;
  readonly clock: ManualClock;
  readonly sent: string[];
  readonly dead: string[];
  readonly put: (topic: string, offset: number, timestamp: number, value?: string) => void;
}

function make(options: {
  topics?: string[];
  over?: Partial<SourceNode>;
  of?: (topic: string) => Partial<SourceNode>;
  maxTaskIdleMs?: number;
  ends?: number;
  step?: Processor;
  handler?: FaultHandler;
}): Made {
  const { topics = ['a', 'b'], over = {}, maxTaskIdleMs = 0, ends = 0 } = options;
  const clock = new ManualClock(1_000);
  const sent: string[] = [];
  const dead: string[] = [];
  const steps: (() => void)[] = [];
  const metrics = new TaskMetrics();
  const sender = {
    send: (topic: string, _partition: number, _key: Buffer | null, value: Buffer | null) => {
      (topic === 'dlq' ? dead : sent).push(String(value));
    },
  };
  let made: StreamTask | null = null;
  const faults = faultPolicy({
    taskId: '0_0',
    deserialization: 'fail',
    processing: options.handler ?? 'fail',
    production: 'fail',
    deadLetter: { topic: 'dlq', partitions: 1 },
    sender,
    rawOf: (record) => made?.rawOf(record) ?? [null, null],
    later: (step) => steps.push(step),
    metrics,
    logger: silentLogger,
  });
  const step = options.step;
  const nodes = [
    ...topics.map((topic) => source(`S-${topic}`, [topic], [step ? 'P' : 'OUT'], { ...over, ...options.of?.(topic) })),
    ...(step
      ? [
          processor(
            'P',
            topics.map((topic) => `S-${topic}`),
            ['OUT'],
            () => step,
          ),
        ]
      : []),
    sink('OUT', 'out', step ? ['P'] : topics.map((topic) => `S-${topic}`)),
  ];
  const sub = subTopology(0, nodes);
  const wake = (): void => undefined;
  const queues = sub.sources.map(
    (node) =>
      new PartitionQueue({
        node,
        topic: node.topics[0] ?? '',
        partition: 0,
        key: text,
        value: text,
        position: 0,
        endOffset: ends,
        faults,
        release: () => undefined,
        wake,
      }),
  );
  const destination = { topic: 'out', partitions: 1, key: text, value: text };
  const collector = new RecordCollector({
    sender,
    known: () => destination,
    prepare: async () => destination,
    topicName: () => 'out',
    faults,
    wake,
  });
  const task = new StreamTask({
    globalStore: () => undefined,
    id: '0_0',
    applicationId: 'app',
    partition: 0,
    subTopology: sub,
    queues,
    state: noState,
    collector,
    faults,
    retries: new TaskRetries({ taskId: '0_0', timeoutMs: 1_000, clock, logger: silentLogger }),
    metrics,
    clock,
    maxTaskIdleMs,
    emitIntervalMs: 0,
    remembered: new Map(),
    wake,
    flow: null,
    steps,
  });
  made = task;
  task.start();
  const put: Made['put'] = (topic, offset, timestamp, value = `${topic}${offset}`) =>
    task.push(memoryChunk(topic, 0, { offset, timestamp, key: null, value: Buffer.from(value), headers: NO_HEADERS }));
  return { task, clock, sent, dead, put };
}

describe('StreamTask', () => {
  it('rule 9: takes the oldest record among its partitions next', () => {
    const { task, sent, put } = make({});
    put('a', 0, 5);
    put('a', 1, 9);
    put('b', 0, 3);
    put('b', 1, 7);
    expect(task.process(10)).toBe(4);
    expect(sent).toEqual(['b0', 'a0', 'b1', 'a1']);
    expect(task.streamTime).toBe(9);
    expect(task.positions()).toMatchObject([
      { topic: 'a', partition: 0, offset: 2 },
      { topic: 'b', partition: 0, offset: 2 },
    ]);
  });

  it('rule 9: takes records that are as old in the order of Kafka Streams, a java.util.PriorityQueue of partitions', () => {
    const { task, sent, put } = make({ topics: ['a', 'b', 'c'] });
    for (const topic of ['a', 'b', 'c']) for (const offset of [0, 1]) put(topic, offset, 5);
    while (task.process(1) > 0);
    expect(sent).toEqual(['a0', 'c0', 'a1', 'c1', 'b0', 'b1']);
  });

  it('takes the oldest record next after a log was cut too', () => {
    const { task, sent, put } = make({});
    put('a', 0, 5);
    put('b', 5, 3);
    task.queue('b', 0)?.moveTo(2, 2);
    put('a', 1, 6);
    put('b', 2, 7);
    put('a', 2, 8);
    expect(task.process(10)).toBe(4);
    expect(sent).toEqual(['a0', 'a1', 'b2', 'a2']);
  });

  it('rule 9: waits for a partition that is known to have more on the broker, and does not with maxTaskIdleMs -1', () => {
    const waiting = make({ ends: 1 });
    waiting.put('a', 0, 5);
    expect(waiting.task.process(10)).toBe(0);
    waiting.put('b', 0, 1);
    expect(waiting.task.process(10)).toBe(2);
    expect(waiting.sent).toEqual(['b0', 'a0']);

    const eager = make({ ends: 1, maxTaskIdleMs: -1 });
    eager.put('a', 0, 5);
    expect(eager.task.process(10)).toBe(1);
  });

  it('rule 9: gives an empty partition maxTaskIdleMs to bring something', () => {
    const { task, clock, put } = make({ maxTaskIdleMs: 50 });
    put('a', 0, 5);
    expect(task.process(10)).toBe(0);
    clock.advance(49);
    expect(task.process(10)).toBe(0);
    clock.advance(1);
    expect(task.process(10)).toBe(1);
  });

  it('leaves a delayed record until it is due, while other partitions go on', () => {
    const { task, clock, sent, put } = make({ over: { notBefore: (record) => (record.topic === 'a' ? 1_100 : 0) } });
    put('a', 0, 1);
    put('b', 0, 2);
    expect(task.process(10)).toBe(1);
    expect(task.nextWakeUp()).toBe(1_100);
    clock.advance(100);
    expect(task.process(10)).toBe(1);
    expect(sent).toEqual(['b0', 'a0']);
  });

  it('leaves the records of retry buckets, due or not, while the input is far behind, and loses none', () => {
    const { task, sent, put } = make({
      topics: ['in', 'retry'],
      of: (topic) => (topic === 'retry' ? { notBefore: () => 1, pause: { above: 2, resumeAt: 1 } } : {}),
    });
    put('retry', 0, 1);
    put('retry', 1, 2);
    for (let offset = 0; offset < 4; offset++) put('in', offset, 10 + offset);
    expect([task.delayed.paused, task.delayed.waiting, task.nextWakeUp()]).toEqual([true, 2, Infinity]);
    expect(task.process(10)).toBe(6);
    expect(sent).toEqual(['in0', 'in1', 'in2', 'retry0', 'retry1', 'in3']);
    expect(task.unfinished).toBe(1);
    expect(task.consumed().map(({ topic, offset }) => [topic, offset])).toEqual([
      ['in', 4],
      ['retry', 2],
    ]);
  });

  it('says where a function of the application threw', () => {
    const step: Processor = {
      process: () => {
        throw new TypeError('no such field');
      },
    };
    const { task, put } = make({ topics: ['a'], step });
    put('a', 3, 5);
    expect(() => task.process(1)).toThrow(
      expect.objectContaining({
        code: 'PROCESSING',
        coordinates: { topic: 'a', partition: 0, offset: 3, task: '0_0', node: 'P' },
      }),
    );
  });

  it('sends a failed record to the dead letters with its own bytes, and goes on', () => {
    let context: ProcessorContext | null = null;
    const step: Processor = {
      init: (given) => {
        context = given;
      },
      process: (key, value, record) => {
        if (value === 'poison') throw new Error('refused');
        context?.forward(key, value, record);
      },
    };
    const { task, sent, dead, put } = make({ topics: ['a'], step, handler: 'deadLetter' });
    put('a', 0, 5, 'poison');
    put('a', 1, 6, 'fine');
    expect(task.process(10)).toBe(2);
    expect([sent, dead]).toEqual([['fine'], ['poison']]);
    expect(task.metrics.drops.get('processing P')).toBe(1);
  });

  it('takes no input while an async operator is full, and goes on when it has room', () => {
    let context: ProcessorContext | null = null;
    const step: Processor = {
      init: (given) => {
        context = given;
      },
      process: (key, value, record) => {
        const { async, forward } = context as unknown as ProcessorContext;
        async.started();
        async.hold(true);
        queueMicrotask(() => {
          async.hold(false);
          async.finished(() => forward(key, value, record));
        });
      },
    };
    const { task, sent, put } = make({ topics: ['a'], step });
    put('a', 0, 5);
    put('a', 1, 6);
    expect(task.process(10)).toBe(1);
    expect(task.unfinished).toBeGreaterThan(0);
    return Promise.resolve().then(() => {
      expect(task.runSteps()).toBe(true);
      expect(sent).toEqual(['a0']);
      expect(task.process(10)).toBe(1);
    });
  });
});
