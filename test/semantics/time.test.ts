import { describe, expect, it } from 'vitest';
import type { ProcessorContext } from '../../src/processors/processor.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { TopologyTestDriver } from '../../src/testing/topology-test-driver.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import { driven, text } from './driven.ts';

const joined = (left: string, right: string | null): string => `${left}+${right}`;

describe('time and order, as in Kafka Streams', () => {
  it('rule 8: stream time is the highest timestamp seen and never goes back', async () => {
    const out = await driven(
      (builder) =>
        builder
          .stream('in', text)
          .processValues<string>(() => {
            let task: ProcessorContext<string, string> | null = null;
            return {
              init: (context) => (task = context),
              process: (key, _value, record) => task?.forward(key, String(task.streamTime()), record),
            };
          })
          .to('out', text),
      [
        ['in', 'a', 'x', 5],
        ['in', 'a', 'x', 3],
        ['in', 'a', 'x', 9],
      ],
    );
    expect(out).toEqual(['a=5@5', 'a=5@3', 'a=9@9']);
  });

  it('rule 9: of several partitions the oldest record is next, whatever came first', async () => {
    const builder = new StreamsBuilder();
    const stream = builder.stream('in', text);
    stream
      .selectKey((value) => value)
      .repartition({ name: 'r', ...text })
      .to('out', text);
    stream.mapValues((value) => `${value}!`).to('out', text);
    const driver = await TopologyTestDriver.create(builder.build());
    const input = driver.createInputTopic('in', text);
    input.pipe('k', 'late', { timestamp: 9 });
    input.pipe('k', 'early', { timestamp: 1 });
    const out = driver.createOutputTopic('out', text).readAll();
    expect(out.map(({ key, value }) => `${key}=${value}`)).toEqual(['k=late!', 'late=late', 'k=early!', 'early=early']);
    await driver.close();
  });

  it('rule 10: a negative time of an extractor drops the record; the default extractor throws', async () => {
    const extracted = await driven(
      (builder) =>
        builder.stream('in', { ...text, timestampExtractor: (_key, value) => Number(value) }).to('out', text),
      [
        ['in', 'a', '-1', 5],
        ['in', 'b', '7', 6],
      ],
    );
    expect(extracted).toEqual(['b=7@7']);
    await expect(
      driven((builder) => builder.stream('in', text).to('out', text), [['in', 'a', 'x', -1]]),
    ).rejects.toThrow('timestamp');
  });

  it('rule 11: an update out of order wins in a plain table, and is history in a versioned one', async () => {
    const records = [
      ['table', 'a', 'new', 10],
      ['table', 'a', 'old', 5],
      ['in', 'a', 'x', 20],
      ['in', 'a', 'y', 7],
    ] as const;
    const run = (versioned: object): Promise<string[]> =>
      driven((builder) => {
        const table = builder.table('table', { ...text, store: 'rows', ...versioned });
        builder.stream('in', text).join(table, joined).to('out', text);
      }, records);
    expect(await run({})).toEqual(['a=x+old@20', 'a=y+old@7']);
    expect(await run({ versioned: { historyRetentionMs: 100 } })).toEqual(['a=x+new@20', 'a=y+old@7']);
  });

  it('rule 11: joins of tables and regroupings skip what a versioned table was told too late', async () => {
    const out = await driven(
      (builder) => {
        const rows = builder.table('table', { ...text, store: 'rows', versioned: { historyRetentionMs: 100 } });
        rows.join(builder.table('other', text), joined).toStream().to('out', text);
        rows
          .groupBy((value) => ['all', value], text)
          .reduce(
            (sum, value) => `${sum}${value}`,
            (sum) => sum,
          )
          .toStream()
          .to('out', text);
      },
      [
        ['other', 'a', 'o', 1],
        ['table', 'a', 'n', 10],
        ['table', 'a', 'l', 5],
      ],
    );
    expect(out).toEqual(['a=n+o@10', 'all=n@10']);
  });

  it('rule 23: with grace a record waits for late updates of a versioned table, and is joined as of its own time', async () => {
    const run = (left: boolean): Promise<string[]> =>
      driven(
        (builder) => {
          const rows = builder.table('table', { ...text, store: 'rows', versioned: { historyRetentionMs: 20 } });
          const stream = builder.stream('in', text);
          const options = { graceMs: 10 };
          (left ? stream.leftJoin(rows, joined, options) : stream.join(rows, joined, options)).to('out', text);
        },
        [
          ['in', 'a', 'x', 10],
          ['table', 'a', 'now', 12],
          ['table', 'a', 'then', 9],
          ['in', 'b', 'later', 20],
          ['table', 'a', 'much later', 100],
          ['in', 'a', 'gone', 9],
        ],
      );
    expect(await run(false)).toEqual(['a=x+then@10']);
    expect(await run(true)).toEqual(['a=x+then@10', 'a=gone+null@9']);
  });

  it('rule 19: punctuators of stream time need records, those of the wall clock need time', async () => {
    const builder = new StreamsBuilder();
    const ticks: string[] = [];
    builder.stream('in', { key: serdes.string, value: serdes.string }).process(() => ({
      init(context) {
        context.schedule(10, 'STREAM_TIME', (at) => ticks.push(`stream ${at}`));
        context.schedule(10, 'WALL_CLOCK_TIME', (at) => ticks.push(`wall ${at}`));
      },
      process: (_key, value) => ticks.push(value),
    }));
    const driver = await TopologyTestDriver.create(builder.build());
    const input = driver.createInputTopic('in', { key: serdes.string, value: serdes.string });
    driver.advanceWallClock(25);
    input.pipe('a', 'one', { timestamp: 3 });
    input.pipe('a', 'two', { timestamp: 14 });
    driver.advanceWallClock(4);
    driver.advanceWallClock(1);
    await driver.close();
    expect(ticks).toEqual(['wall 25', 'one', 'stream 3', 'two', 'stream 14', 'wall 30']);
  });
});
