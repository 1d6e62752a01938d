import { describe, expect, it } from 'vitest';
import { StreamsError } from '../../src/core/errors.ts';
import { NO_HEADERS, type RecordContext } from '../../src/core/record.ts';
import { type Destination, RecordCollector } from '../../src/runtime/record-collector.ts';
import { partitionOf } from '../../src/kafka/wire/murmur2.ts';
import type { TaskFaults } from '../../src/runtime/task-faults.ts';
import { windowed } from '../../src/serdes/windowed.ts';
import { sink, text } from './plans.ts';

const record: RecordContext = { timestamp: 1, headers: NO_HEADERS, topic: 'in', partition: 0, offset: 4 };

function make(known: readonly string[] = []) {
  const log: string[] = [];
  const steps: (() => void)[] = [];
  const ready = new Set(known);
  const lookups = new Map<string, { done(): void; fail(error: Error): void }>();
  const destination = (topic: string): Destination => ({ topic, partitions: 2, key: text, value: text });
  const faults: TaskFaults = {
    deserialization: () => undefined,
    processing: () => undefined,
    production: (error, node, topic) => void log.push(`fault ${node} ${topic}: ${String(error)}`),
    dropped: () => undefined,
    later: (step) => steps.push(step),
  };
  const collector = new RecordCollector({
    sender: {
      send: (topic, partition, key, value) => {
        if (value?.toString() === 'large') throw new StreamsError('RECORD_TOO_LARGE', 'too large');
        log.push(`${topic}-${partition} ${key?.toString() ?? null} ${value?.toString() ?? null}`);
      },
    },
    known: (node, topic) => (ready.has(`${node} ${topic}`) ? destination(topic) : undefined),
    prepare: (node, topic) =>
      new Promise((resolve, reject) => {
        lookups.set(`${node.name} ${topic}`, {
          done: () => {
            ready.add(`${node.name} ${topic}`);
            resolve(destination(topic));
          },
          fail: reject,
        });
      }),
    topicName: (node) => String(node.topic),
    faults,
    wake: () => undefined,
  });
  const run = (): void => steps.splice(0).forEach((step) => step());
  return { collector, faults, log, lookups, run };
}

const byValue = (_key: unknown, value: unknown): string => String(value).charAt(0);

describe('RecordCollector', () => {
  it('sends to a topic that is known at once, by the murmur2 of the key', () => {
    const { collector, log } = make(['S out']);
    const send = collector.sink(sink('S', 'out', []));
    send('a', 'one', record);
    send('a', null, record);
    expect(new Set(log.map((line) => line.split(' ')[0])).size).toBe(1);
    expect([collector.sent, collector.blocked]).toEqual([2, false]);
  });

  it('sends a windowed key where its key goes, but for repartition topics', () => {
    const log: string[] = [];
    const key = windowed(text);
    const collector = new RecordCollector({
      sender: { send: (topic, partition) => void log.push(`${topic}-${partition}`) },
      known: (_node, topic) => ({ topic, partitions: 64, key, value: text }),
      prepare: () => Promise.reject(new Error('all topics are known')),
      topicName: (node) => String(node.topic),
      faults: make().faults,
      wake: () => undefined,
    });
    const outer = collector.sink(sink('S', 'out', []));
    const inner = collector.sink({ ...sink('R', 'repartition', []), internal: true });
    for (let start = 0; start < 4; start++) {
      outer({ key: 'a', window: { start, end: start + 1 } }, 'one', record);
      inner({ key: 'a', window: { start, end: start + 1 } }, 'one', record);
    }
    const of = (topic: string): Set<string> => new Set(log.filter((line) => line.startsWith(topic)));
    expect(of('out')).toEqual(new Set([`out-${partitionOf(Buffer.from('a'), 64)}`]));
    expect(of('repartition').size).toBeGreaterThan(1);
  });

  it('keeps records for a topic that is looked up in order, and says that it is blocked', async () => {
    const { collector, log, lookups, run } = make();
    const send = collector.sink(sink('S', byValue, []));
    send('k', 'a1', record);
    send('k', 'b1', record);
    send('k', 'a2', record);
    expect([collector.blocked, log]).toEqual([true, []]);
    lookups.get('S a')?.done();
    // The look-up is done, the records that waited are not out yet: one more must not overtake them.
    await Promise.resolve();
    send('k', 'a3', record);
    lookups.get('S b')?.done();
    await collector.lookedUp();
    run();
    expect(collector.blocked).toBe(false);
    expect(log.filter((line) => line.startsWith('a')).map((line) => line.split(' ')[2])).toEqual(['a1', 'a2', 'a3']);
    expect(collector.sent).toBe(4);
  });

  it('looks a topic up for each node that writes it, and loses nothing of either', async () => {
    const { collector, log, lookups, run } = make();
    const [first, second] = [collector.sink(sink('S', byValue, [])), collector.sink(sink('T', byValue, []))];
    first('k', 'a1', record);
    second('k', 'a2', record);
    lookups.get('S a')?.done();
    lookups.get('T a')?.done();
    await collector.lookedUp();
    run();
    expect(new Set(log.map((line) => line.split(' ')[2]))).toEqual(new Set(['a1', 'a2']));
  });

  it('throws on the task’s loop what a look-up failed with', async () => {
    const { collector, lookups, run } = make();
    collector.sink(sink('S', byValue, []))('k', 'a1', record);
    lookups.get('S a')?.fail(new StreamsError('TOPIC_MISSING', 'no topic a'));
    await collector.lookedUp();
    expect(run).toThrow('no topic a');
  });

  it('tells of a record that cannot be written, and goes on', () => {
    const { collector, log } = make(['S out']);
    const send = collector.sink(sink('S', 'out', []));
    send('k', 'large', record);
    send(null, 'small', record);
    expect(log).toEqual([expect.stringMatching(/^fault S out: .*too large/), 'out-0 null small']);
    expect(collector.sent).toBe(1);
  });
});
