import { describe, expect, it } from 'vitest';
import { driven, text } from './driven.ts';

/** What a callback answers for none. */
const NONE = null as unknown as string;
const joined = (left: string, right: string | null): string => `${left}+${right}`;

describe('nulls, as in Kafka Streams', () => {
  it('rule 1: a table drops null keys and takes null values as deletions; an aggregate of a stream drops both', async () => {
    const records = [
      ['in', null, 'x', 1],
      ['in', 'a', 'x', 2],
      ['in', 'a', null, 3],
      ['in', 'a', 'y', 4],
    ] as const;
    const table = await driven((builder) => builder.table('in', text).toStream().to('out', text), records);
    expect(table).toEqual(['a=x@2', 'a=null@3', 'a=y@4']);
    const reduced = await driven(
      (builder) =>
        builder
          .stream('in', text)
          .groupByKey()
          .reduce((sum, value) => `${sum}${value}`)
          .toStream()
          .to('out', text),
      records,
    );
    expect(reduced).toEqual(['a=x@2', 'a=xy@4']);
  });

  it('rule 4: a stream-table join drops null keys and values; a left join gives a null key null', async () => {
    const records = [
      ['table', 'a', 'row', 1],
      ['in', 'a', 'x', 2],
      ['in', null, 'y', 3],
      ['in', 'a', null, 4],
      ['in', 'b', 'z', 5],
    ] as const;
    const run = (left: boolean): Promise<string[]> =>
      driven((builder) => {
        const stream = builder.stream('in', text);
        const table = builder.table('table', text);
        (left ? stream.leftJoin(table, joined) : stream.join(table, joined)).to('out', text);
      }, records);
    expect(await run(false)).toEqual(['a=x+row@2']);
    expect(await run(true)).toEqual(['a=x+row@2', 'null=y+null@3', 'b=z+null@5']);
  });

  it('rule 5: a row that changes its group leaves the old one before it enters the new one; a null group skips its half', async () => {
    const out = await driven(
      (builder) =>
        builder
          .table('in', text)
          .groupBy((value) => [value === '-' ? NONE : value.slice(0, 1), value], text)
          .reduce(
            (sum, value) => `${sum}+${value}`,
            (sum, value) => `${sum}-${value}`,
          )
          .toStream()
          .to('out', text),
      [
        ['in', '1', 'ax', 1],
        ['in', '1', 'ay', 2],
        ['in', '1', 'b', 3],
        ['in', '1', '-', 4],
      ],
    );
    expect(out).toEqual(['a=ax@1', 'a=ax-ax+ay@2', 'a=ax-ax+ay-ay@3', 'b=b@3', 'b=b-b@4']);
  });

  it('rule 6: null from the subtractor removes the group, and the initializer runs again', async () => {
    const out = await driven(
      (builder) =>
        builder
          .table('in', text)
          .groupBy(() => ['all', 'x'], text)
          .aggregate<string>(
            () => '0',
            (_value, count) => String(Number(count) + 1),
            (_value, count) => (count === '1' ? NONE : String(Number(count) - 1)),
            { value: text.value },
          )
          .toStream()
          .to('out', text),
      [
        ['in', '1', 'x', 1],
        ['in', '1', null, 2],
        ['in', '1', null, 3],
        ['in', '1', 'x', 4],
      ],
    );
    expect(out).toEqual(['all=1@1', 'all=null@2', 'all=1@4']);
  });

  it('rule 7: a filter of a table that is not kept sends deletions of rows never seen; one that knows old values does not', async () => {
    const records = [
      ['in', 'a', 'no', 1],
      ['in', 'a', 'yes', 2],
      ['in', 'a', 'no', 3],
      ['in', 'a', 'no', 4],
    ] as const;
    const unkept = await driven(
      (builder) =>
        builder
          .table('in', text)
          .filter((value): boolean => value === 'yes')
          .toStream()
          .to('out', text),
      records,
    );
    expect(unkept).toEqual(['a=null@1', 'a=yes@2', 'a=null@3', 'a=null@4']);
    const kept = await driven(
      (builder) =>
        builder
          .table('in', { ...text, store: 'rows' })
          .filter((value): boolean => value === 'yes')
          .toStream()
          .to('out', text),
      records,
    );
    expect(kept).toEqual(['a=yes@2', 'a=null@3']);
  });
});
