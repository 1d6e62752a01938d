import { expect, it } from 'vitest';
import { hopping, session, sliding } from '../../src/topology/windows.ts';
import { running, text } from './driver.ts';

const add = (value: string | null, sum: string): string => `${sum}${value ?? 'null'}`;
const start = (): string => '';

it('rule 1: a table drops a null key, and a null value deletes', async () => {
  const { send } = await running((_input, builder) => builder.table('rows', { ...text, store: 'rows' }).toStream());
  expect(send('a', 'x', 1, 'rows')).toBe('a=x@1');
  expect(send(null, 'x', 2, 'rows')).toBe('');
  expect(send('a', null, 3, 'rows')).toBe('a=null@3');
});

it('rule 1: an aggregate, a reduce and a count of a stream drop null keys and null values, which delete nothing', async () => {
  const aggregated = await running((input) => input.groupByKey(text).aggregate(start, add, text).toStream());
  const reduced = await running((input) =>
    input
      .groupByKey(text)
      .reduce((sum, value) => sum + value)
      .toStream(),
  );
  const counted = await running((input) => input.groupByKey(text).count().mapValues(String).toStream());
  for (const [{ send }, second] of [
    [aggregated, 'a=xy@4'],
    [reduced, 'a=xy@4'],
    [counted, 'a=2@4'],
  ] as const) {
    send('a', 'x', 1);
    expect(send('a', null, 2)).toBe('');
    expect(send(null, 'x', 3)).toBe('');
    expect(send('a', 'y', 4)).toBe(second);
  }
});

// Kafka Streams' documentation says that windowed aggregates ignore null values. Kafka Streams 4.3.1 hands them to the
// aggregator of time and session windows, and drops them for sliding windows; so do we.
it('rule 2: time and session windows hand a null value to the aggregator; sliding windows drop it', async () => {
  const at =
    (name: string) =>
    (_value: unknown, { key }: { key: string }) =>
      `${name}:${key}`;
  const time = await running((input) =>
    input
      .groupByKey(text)
      .windowedBy(hopping({ sizeMs: 10, advanceMs: 10 }))
      .aggregate(start, add, text)
      .toStream(at('time')),
  );
  const sessions = await running((input) =>
    input
      .groupByKey(text)
      .windowedBy(session({ inactivityGapMs: 5 }))
      .aggregate(start, add, (one, other) => one + other, text)
      .toStream(at('session')),
  );
  const slides = await running((input) =>
    input
      .groupByKey(text)
      .windowedBy(sliding({ timeDifferenceMs: 5 }))
      .aggregate(start, add, text)
      .toStream(at('sliding')),
  );
  expect(time.send('a', null, 12)).toBe('time:a=null@12');
  expect(sessions.send('a', null, 12)).toBe('session:a=null@12');
  expect(slides.send('a', null, 12)).toBe('');
  for (const { send } of [time, sessions, slides]) expect(send(null, 'x', 13)).toBe('');
});
