import { expect, it } from 'vitest';
import { driven, type Piped, text } from './driven.ts';

const pair = (order: string, customer: string | null): string => `${order}+${customer ?? 'null'}`;
/** What stands before the colon; nothing does: null. */
const customerOf = (order: string): string | null => order.split(':')[0] || null;

function joined(left: boolean, records: readonly Piped[]): Promise<string[]> {
  return driven((builder) => {
    const orders = builder.table('orders', text);
    const customers = builder.table('customers', text);
    const rows = left ? orders.leftJoin(customers, customerOf, pair) : orders.join(customers, customerOf, pair);
    rows.toStream().to('out', text);
  }, records);
}

it('rule 25: an inner join by a foreign key answers only if the row that is named is there, and again when it changes', async () => {
  expect(
    await joined(false, [
      ['orders', 'o', 'c:1', 1],
      ['customers', 'c', 'Ann', 5],
      ['orders', 'o', 'c:2', 3],
      ['customers', 'c', null, 6],
      ['orders', 'o', 'c:3', 7],
    ]),
  ).toEqual(['o=c:1+Ann@5', 'o=c:2+Ann@5', 'o=null@6']);
});

it('rule 25: a foreign key that changes deletes silently at the old row, and the new one answers, with null if it is not there', async () => {
  const records: readonly Piped[] = [
    ['customers', 'c', 'Ann', 1],
    ['orders', 'o', 'c:1', 2],
    ['orders', 'o', 'd:1', 3],
    ['customers', 'c', 'Bea', 4],
    ['customers', 'd', 'Dan', 5],
  ];
  expect(await joined(false, records)).toEqual(['o=c:1+Ann@2', 'o=null@3', 'o=d:1+Dan@5']);
  expect(await joined(true, records)).toEqual(['o=c:1+Ann@2', 'o=d:1+null@3', 'o=d:1+Dan@5']);
});

it('rule 25: a foreign key that becomes null deletes the result of an inner join, and gives null in a left one; from null to a key is an insert', async () => {
  const records: readonly Piped[] = [
    ['customers', 'c', 'Ann', 1],
    ['orders', 'o', ':0', 2],
    ['orders', 'o', 'c:1', 3],
    ['orders', 'o', ':2', 4],
    ['customers', 'c', 'Bea', 5],
  ];
  expect(await joined(false, records)).toEqual(['o=c:1+Ann@3', 'o=null@4']);
  expect(await joined(true, records)).toEqual(['o=:0+null@2', 'o=c:1+Ann@3', 'o=:2+null@4']);
});

it('rule 25: a row that is deleted takes its result with it; deleting what never was says nothing', async () => {
  const records: readonly Piped[] = [
    ['orders', 'never', null, 1],
    ['customers', 'c', 'Ann', 2],
    ['orders', 'o', 'c:1', 3],
    ['orders', 'o', null, 4],
    ['customers', 'c', 'Bea', 5],
  ];
  expect(await joined(false, records)).toEqual(['o=c:1+Ann@3', 'o=null@4']);
  expect(await joined(true, records)).toEqual(['o=c:1+Ann@3', 'o=null@4']);
});

it('rule 25: an answer about a row that has changed meanwhile is dropped', async () => {
  const out = await driven(
    (builder) => {
      // Both rows of one record are there before the first subscription is read.
      const orders = builder
        .stream('in', text)
        .flatMapValues((value) => value.split(','))
        .toTable(text);
      orders.leftJoin(builder.table('customers', text), customerOf, pair).toStream().to('out', text);
    },
    [
      ['customers', 'c', 'Ann', 1],
      ['customers', 'd', 'Dan', 1],
      ['in', 'o', 'c:1,d:2', 2],
    ],
  );
  expect(out).toEqual(['o=d:2+Dan@2']);
});

it('rule 25: the foreign key may be made of the row and its own key', async () => {
  const out = await driven(
    (builder) =>
      builder
        .table('orders', text)
        .join(builder.table('customers', text), (_order, key) => key.slice(0, 1), pair)
        .toStream()
        .to('out', text),
    [
      ['customers', 'c', 'Ann', 1],
      ['orders', 'c-17', 'x', 2],
    ],
  );
  expect(out).toEqual(['c-17=x+Ann@2']);
});
