import { expect, it } from 'vitest';
import type { Windowed } from '../../src/core/serde.ts';
import type { WindowStoreOptions } from '../../src/topology/options.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import { hopping, session, sliding, tumbling } from '../../src/topology/windows.ts';
import type { SessionWindows, SlidingWindows, TimeWindows } from '../../src/topology/windows.ts';
import type { EmitStrategy } from '../../src/processors/final-results.ts';
import { type Running, running, text } from './driver.ts';

const add = (value: string, sum: string): string => `${sum}${value}`;
const start = (): string => '';
const name = (_value: unknown, { key, window }: Windowed<string>): string => `${key}[${window.start},${window.end}]`;

function timed(
  windows: TimeWindows | SlidingWindows,
  {
    emit = 'onWindowUpdate',
    emitIntervalMs = 0,
    options = {},
  }: {
    readonly emit?: EmitStrategy;
    readonly emitIntervalMs?: number;
    readonly options?: WindowStoreOptions<string, string>;
  } = {},
): Promise<Running> {
  return running(
    (input) =>
      input
        .groupByKey(text)
        .windowedBy(windows)
        .emitStrategy(emit)
        .aggregate(start, add, { ...text, ...options })
        .toStream(name),
    emitIntervalMs,
  );
}

function sessions(windows: SessionWindows, emit: EmitStrategy = 'onWindowUpdate'): Promise<Running> {
  return running((input) =>
    input
      .groupByKey(text)
      .windowedBy(windows)
      .emitStrategy(emit)
      .aggregate(start, add, (one, other) => `${one}(${other})`, text)
      .toStream(name),
  );
}

it('rule 12: a window has the highest time of its records, a session the time of its end', async () => {
  const window = await timed(tumbling({ sizeMs: 10 }));
  window.send('a', 'x', 18);
  expect(window.send('a', 'y', 13)).toBe('a[10,20]=xy@18');
  const active = await sessions(session({ inactivityGapMs: 5 }));
  active.send('a', 'x', 18);
  expect(active.send('a', 'y', 15)).toBe('a[18,18]=null@18 a[15,18]=(x)y@18');
});

it('rule 13: time windows end before their end; sliding windows and sessions include both ends', async () => {
  const window = await timed(hopping({ sizeMs: 10, advanceMs: 5 }));
  expect(window.send('a', 'x', 10)).toBe('a[5,15]=x@10 a[10,20]=x@10');
  const slide = await timed(sliding({ timeDifferenceMs: 10 }));
  slide.send('a', 'x', 10);
  expect(slide.send('a', 'y', 20)).toBe('a[11,21]=y@20 a[10,20]=xy@20');
  const active = await sessions(session({ inactivityGapMs: 10 }));
  active.send('a', 'x', 10);
  expect(active.send('a', 'y', 20)).toBe('a[10,10]=null@10 a[10,20]=(x)y@20');
  expect(active.send('a', 'z', 31)).toBe('a[31,31]=z@31');
});

it('rule 14: a time window is late by itself once its end is at stream time less the grace', async () => {
  const { send } = await timed(hopping({ sizeMs: 10, advanceMs: 5, graceMs: 2 }));
  send('other', 'x', 16);
  expect(send('a', 'y', 9)).toBe('a[5,15]=y@9');
  expect(send('a', 'z', 4)).toBe('');
});

it('rule 14: a record of sliding windows is late once its time and the difference are below stream time less the grace', async () => {
  const { send } = await timed(sliding({ timeDifferenceMs: 10, graceMs: 5 }));
  send('other', 'x', 115);
  expect(send('a', 'y', 99)).toBe('');
  expect(send('a', 'z', 100)).toBe('');
  expect(send('a', 'z', 101)).toBe('');
});

it('rule 14: a session is late once its merged end is below stream time less the grace and the gap', async () => {
  const { send } = await sessions(session({ inactivityGapMs: 5, graceMs: 10 }));
  send('other', 'x', 115);
  expect(send('a', 'y', 99)).toBe('');
  expect(send('a', 'z', 100)).toBe('a[100,100]=z@100');
});

it('rule 15: sessions within the gap on both sides are merged from the initial aggregate on; the replaced ones get a null', async () => {
  const { send } = await sessions(session({ inactivityGapMs: 5, graceMs: 50 }));
  send('a', 'x', 10);
  send('a', 'y', 20);
  expect(send('a', 'z', 15)).toBe('a[10,10]=null@10 a[20,20]=null@20 a[10,20]=(x)(y)z@20');
});

it('rule 15: a lone session that is the new one gets no null', async () => {
  const { send } = await sessions(session({ inactivityGapMs: 5 }));
  send('a', 'x', 10);
  expect(send('a', 'y', 10)).toBe('a[10,10]=(x)y@10');
});

it('rule 16: results are changes of rows by window; the changelog keeps a day more than the store', async () => {
  const { driver, send } = await timed(tumbling({ sizeMs: 10, graceMs: 5 }), {
    options: { store: 'sums', retentionMs: 1_000 },
  });
  expect(send('a', 'x', 1)).toBe('a[0,10]=x@1');
  expect(send('a', 'y', 2)).toBe('a[0,10]=xy@2');
  expect(driver.producedTopics).toContain('test-sums-changelog');
  await expect(timed(tumbling({ sizeMs: 10, graceMs: 5 }), { options: { retentionMs: 14 } })).rejects.toMatchObject({
    code: 'TOPOLOGY_INVALID',
    message: expect.stringContaining('raise retentionMs') as string,
  });
});

it('rule 16: the changelog of windows is compacted and deleted, a day after the store has forgotten them', () => {
  const builder = new StreamsBuilder();
  builder
    .stream('in', text)
    .groupByKey(text)
    .windowedBy(tumbling({ sizeMs: 10, graceMs: 5 }))
    .count({ store: 'counts' });
  const [changelog] = builder.build().plan.internalTopics;
  expect(changelog).toMatchObject({
    name: 'counts-changelog',
    config: { 'cleanup.policy': 'compact,delete', 'retention.ms': String(15 + 24 * 60 * 60 * 1000) },
  });
});

it('rule 17: on close, a window leaves once, when a record moves stream time past its end and grace', async () => {
  const { send, advanceWallClock } = await timed(tumbling({ sizeMs: 10, graceMs: 2 }), { emit: 'onWindowClose' });
  expect(send('a', 'x', 3)).toBe('');
  expect(send('a', 'y', 11)).toBe('');
  advanceWallClock(60_000);
  expect(send('b', 'z', 12)).toBe('a[0,10]=x@3');
  expect(send('b', 'z', 13)).toBe('');
  expect(send('a', 'late', 4)).toBe('');
});

it('rule 17: on close, a session leaves once its gap and grace are over', async () => {
  const { send } = await sessions(session({ inactivityGapMs: 5, graceMs: 2 }), 'onWindowClose');
  send('a', 'x', 1);
  send('a', 'y', 4);
  expect(send('b', 'z', 11)).toBe('');
  expect(send('b', 'z', 12)).toBe('a[1,4]=(x)y@4');
});

it('rule 17: closed windows are looked for once per second of wall clock time', async () => {
  const { send, advanceWallClock } = await timed(tumbling({ sizeMs: 10 }), {
    emit: 'onWindowClose',
    emitIntervalMs: 1_000,
  });
  send('a', 'x', 3);
  expect(send('a', 'y', 11)).toBe('');
  advanceWallClock(1_000);
  expect(send('a', 'z', 12)).toBe('a[0,10]=x@3');
});

it('with a cache, a session that ended exactly the gap before a record is found after another record of that time', async () => {
  const counted = await running(
    (input) =>
      input
        .groupByKey(text)
        .windowedBy(session({ inactivityGapMs: 5 }))
        .aggregate(start, add, (one, other) => `${one}(${other})`, text)
        .toStream(name),
    0,
    1 << 20,
  );
  counted.send('a', 'x', 10);
  counted.send('b', 'x', 15);
  // The store below the cache has forgotten the session: its end is not told, in Kafka Streams neither.
  expect(counted.send('a', 'y', 15)).toBe('a[10,15]=(x)y@15');
});
