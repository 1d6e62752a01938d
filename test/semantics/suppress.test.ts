import { expect, it } from 'vitest';
import type { Windowed } from '../../src/core/serde.ts';
import { type Suppressed, untilTimeLimit, untilWindowCloses } from '../../src/topology/suppressed.ts';
import { session, tumbling } from '../../src/topology/windows.ts';
import { type Running, running, text } from './driver.ts';

const name = (_value: unknown, { key, window }: Windowed<string>): string => `${key}[${window.start},${window.end}]`;
const add = (value: string, sum: string): string => `${sum}${value}`;

function rows(suppressed: Suppressed<unknown>): Promise<Running> {
  return running((_input, builder) =>
    builder
      .table('rows', { ...text, store: 'rows' })
      .suppress(suppressed)
      .toStream(),
  );
}

it('rule 18: one result for each window, when a record moves stream time to its end and grace', async () => {
  const { send } = await running((input) =>
    input
      .groupByKey(text)
      .windowedBy(tumbling({ sizeMs: 10, graceMs: 2 }))
      .aggregate(() => '', add, text)
      .suppress(untilWindowCloses())
      .toStream(name),
  );
  expect(send('a', 'x', 3)).toBe('');
  expect(send('a', 'y', 5)).toBe('');
  expect(send('b', 'z', 11)).toBe('');
  expect(send('a', 'w', 9)).toBe('');
  expect(send('b', 'z', 12)).toBe('a[0,10]=xyw@9');
});

it('rule 18: what was deleted before its window closed is not news', async () => {
  const { send } = await running((input) =>
    input
      .groupByKey(text)
      .windowedBy(session({ inactivityGapMs: 3 }))
      .aggregate(
        () => '',
        add,
        (one, other) => one + other,
        text,
      )
      .suppress(untilWindowCloses())
      .toStream(name),
  );
  send('a', 'x', 1);
  send('a', 'y', 3);
  expect(send('b', 'z', 20)).toBe('a[1,3]=xy@3');
});

it('rule 18: without a windowed aggregate upstream there is no close to wait for', async () => {
  const refused = running((input) =>
    input
      .groupByKey(text)
      .count()
      .suppress(untilWindowCloses() as unknown as Suppressed<unknown>)
      .mapValues(String)
      .toStream(),
  );
  await expect(refused).rejects.toMatchObject({
    code: 'TOPOLOGY_INVALID',
    message: expect.stringContaining('KSTREAM-SOURCE-0000000000->KSTREAM-AGGREGATE-0000000002') as string,
  });
});

it('rule 18: a row waits from its first update on, and leaves as its last; deletions leave too', async () => {
  const { send } = await rows(untilTimeLimit({ limitMs: 10 }));
  expect(send('a', 'x', 1, 'rows')).toBe('');
  expect(send('a', 'y', 9, 'rows')).toBe('');
  expect(send('b', 'x', 11, 'rows')).toBe('a=y@9');
  send('b', null, 12, 'rows');
  expect(send('c', 'x', 21, 'rows')).toBe('b=null@12');
});

it('rule 18: a full buffer emits the earliest rows early', async () => {
  const { send } = await rows(untilTimeLimit({ limitMs: 1_000, maxRecords: 2 }));
  send('b', 'x', 1, 'rows');
  send('a', 'y', 2, 'rows');
  expect(send('c', 'z', 3, 'rows')).toBe('b=x@1');
  expect(send('a', 'z', 4, 'rows')).toBe('');
});

it('rule 18: a full buffer that may not emit early stops the task', async () => {
  const { send } = await rows(untilTimeLimit({ limitMs: 1_000, maxRecords: 1, whenFull: 'shutDown' }));
  send('a', 'x', 1, 'rows');
  expect(() => send('b', 'y', 2, 'rows')).toThrow(/KTABLE-SUPPRESS-0000000003 holds 2 rows/);
});
