import { expect, it } from 'vitest';
import { driven, type Piped, text } from './driven.ts';

const pair = (left: string | null, right: string | null): string => `${left ?? 'null'}+${right ?? 'null'}`;

type Kind = 'join' | 'leftJoin' | 'outerJoin';

function joined(kind: Kind, records: readonly Piped[]): Promise<string[]> {
  return driven((builder) => {
    const left = builder.table('left', text);
    const right = builder.table('right', text);
    const rows =
      kind === 'join'
        ? left.join(right, pair)
        : kind === 'leftJoin'
          ? left.leftJoin(right, pair)
          : left.outerJoin(right, pair);
    rows.toStream().to('out', text);
  }, records);
}

const CHANGES: readonly Piped[] = [
  ['left', 'a', null, 1],
  ['right', 'a', null, 2],
  ['left', 'a', 'l', 3],
  ['right', 'a', 'r', 4],
  ['right', 'a', null, 5],
  ['left', 'a', null, 6],
  ['left', 'a', null, 7],
  ['right', 'a', 'r', 8],
  ['left', null, 'l', 9],
];

it('rule 24: an inner join of tables has a row while both sides have one, and a deletion only where there was a row', async () => {
  expect(await joined('join', CHANGES)).toEqual(['a=l+r@4', 'a=null@5']);
});

it('rule 24: a left join of tables gives null for a right row that is gone; a left row that is gone asks no joiner', async () => {
  expect(await joined('leftJoin', CHANGES)).toEqual(['a=l+null@3', 'a=l+r@4', 'a=l+null@5', 'a=null@6']);
});

it('rule 24: an outer join of tables has a row while one side has one', async () => {
  expect(await joined('outerJoin', CHANGES)).toEqual(['a=l+null@3', 'a=l+r@4', 'a=l+null@5', 'a=null@6', 'a=null+r@8']);
});

it('rule 24: a change of a joined row carries the old one, so that what is summed from it stays right', async () => {
  const out = await driven(
    (builder) =>
      builder
        .table('left', text)
        .outerJoin(builder.table('right', text), pair)
        .groupBy((value) => ['all', value], text)
        .reduce(
          (sum, value) => `${sum} +${value}`,
          (sum, value) => `${sum} -${value}`,
        )
        .toStream()
        .to('out', text),
    [
      ['left', 'a', 'l', 1],
      ['right', 'a', 'r', 2],
      ['left', 'a', null, 3],
    ],
  );
  expect(out.at(-1)).toBe('all=l+null -l+null +l+r -l+r +null+r@3');
});
