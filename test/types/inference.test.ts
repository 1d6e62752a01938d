// Checked by the compiler: `npm run typecheck` fails when an inferred type is another one, or when something that must
// be refused is taken (an unused @ts-expect-error is an error).
import { describe, expectTypeOf, it } from 'vitest';
import type { Serde, Windowed } from '../../src/core/serde.ts';
import { type BatchItem, type Failure, failed } from '../../src/processors/options.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import type { SinkConnector } from '../../src/sinks/sink.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import type { GroupedStream } from '../../src/topology/grouped-stream.ts';
import type { KStream } from '../../src/topology/stream.ts';
import type { KTable } from '../../src/topology/table.ts';
import { tumbling } from '../../src/topology/windows.ts';

interface Click {
  readonly kind: 'click';
  readonly country: string;
}
interface View {
  readonly kind: 'view';
  readonly page: number;
}
interface User {
  readonly name: string;
}

const json = <T>() => serdes.json<T>();
const declare = () => {
  const builder = new StreamsBuilder();
  return {
    builder,
    clicks: builder.stream('clicks', { key: serdes.string, value: json<Click>() }),
    events: builder.stream('events', { key: serdes.string, value: json<Click | View>() }),
    users: builder.table('users', { key: serdes.string, value: json<User>() }),
    byNumber: builder.table('by-number', { key: serdes.int32, value: json<User>() }),
  };
};

describe('types', () => {
  it('are bytes without serdes', () => {
    expectTypeOf(new StreamsBuilder().stream('raw')).toEqualTypeOf<KStream<Buffer, Buffer>>();
  });

  it('follow the serdes of a source', () => {
    const { clicks, users } = declare();
    expectTypeOf(clicks).toEqualTypeOf<KStream<string, Click>>();
    expectTypeOf(users).toEqualTypeOf<KTable<string, User>>();
  });

  it('follow mappers', () => {
    const { clicks } = declare();
    expectTypeOf(clicks.mapValues((click) => click.country.length)).toEqualTypeOf<KStream<string, number>>();
    expectTypeOf(clicks.selectKey((click) => click.country.length)).toEqualTypeOf<KStream<number, Click>>();
    expectTypeOf(clicks.map((click, key) => [key.length, click.country])).toEqualTypeOf<KStream<number, string>>();
    expectTypeOf(clicks.flatMapValues((click) => [click.country])).toEqualTypeOf<KStream<string, string>>();
    expectTypeOf(clicks.flatMap((click) => [[1, click.country] as const])).toMatchTypeOf<KStream<number, string>>();
  });

  it('are narrowed by guards, in filters and in branches', () => {
    const { events } = declare();
    const isClick = (event: Click | View): event is Click => event.kind === 'click';
    expectTypeOf(events.filter(isClick)).toEqualTypeOf<KStream<string, Click>>();
    const branches = events.split().branch(isClick, { name: 'clicks' }).default({ name: 'rest' });
    expectTypeOf(branches.clicks).toEqualTypeOf<KStream<string, Click>>();
    expectTypeOf(branches.rest).toEqualTypeOf<KStream<string, Click | View>>();
    // @ts-expect-error there is no such branch
    void branches.views;
  });

  it('are united by merge', () => {
    const { clicks, builder } = declare();
    const views = builder.stream('views', { key: serdes.string, value: json<View>() });
    expectTypeOf(clicks.merge(views)).toEqualTypeOf<KStream<string, Click | View>>();
    const wide: KStream<string, Click | View> = clicks;
    expectTypeOf(wide).toMatchTypeOf<KStream<string, Click | View>>();
  });

  it('follow groups, aggregates and windows', () => {
    const { clicks } = declare();
    const groups = clicks.groupBy((click) => click.country, { key: serdes.string });
    expectTypeOf(groups).toEqualTypeOf<GroupedStream<string, Click>>();
    expectTypeOf(groups.count()).toEqualTypeOf<KTable<string, number>>();
    expectTypeOf(
      groups.aggregate(
        () => new Set<string>(),
        (click, seen) => seen.add(click.country),
      ),
    ).toEqualTypeOf<KTable<string, Set<string>>>();
    expectTypeOf(groups.windowedBy(tumbling({ sizeMs: 1 })).count()).toEqualTypeOf<KTable<Windowed<string>, number>>();
    expectTypeOf(groups.batch()).toEqualTypeOf<KStream<string, readonly BatchItem<Click>[]>>();
  });

  it('follow joins; a left join says that the other side may be absent', () => {
    const { clicks, users } = declare();
    clicks.join(users, (click, user, key) => {
      expectTypeOf(click).toEqualTypeOf<Click>();
      expectTypeOf(user).toEqualTypeOf<User>();
      expectTypeOf(key).toEqualTypeOf<string>();
    });
    clicks.leftJoin(users, (_click, user) => {
      expectTypeOf(user).toEqualTypeOf<User | null>();
    });
    expectTypeOf(users.join(users, (one, other) => one.name + other.name)).toEqualTypeOf<KTable<string, string>>();
    expectTypeOf(users.outerJoin(users, (one, other) => (one ?? other)?.name ?? 0)).toEqualTypeOf<
      KTable<string, string | 0>
    >();
  });

  it('take failures out of what leaves a retry', () => {
    const { clicks } = declare();
    const results = clicks.retry({ delaysMs: [1], deadLetter: 'dead' }, (tries) => {
      const answers = tries.mapAsync((click) => Promise.resolve(click.country.length), { onError: failed<Click> });
      expectTypeOf(answers).toEqualTypeOf<KStream<string, number | Failure<Click>>>();
      return answers;
    });
    expectTypeOf(results).toEqualTypeOf<KStream<string, number>>();
  });

  it('refuse a table with another key in a join', () => {
    const { clicks, users, byNumber } = declare();
    expectTypeOf(byNumber).not.toMatchTypeOf<KTable<string, User>>();
    // @ts-expect-error the stream's keys are strings, the table's are numbers
    clicks.join(byNumber, (click) => click);
    // @ts-expect-error the stream's keys are strings, the table's are numbers
    clicks.leftJoin(byNumber, (click) => click);
    // @ts-expect-error the tables' keys differ
    users.join(byNumber, (user) => user);
    // @ts-expect-error streams with other keys cannot be merged
    clicks.merge(byNumber.toStream());
  });

  it('refuse a serde that does not fit', () => {
    const { clicks } = declare();
    expectTypeOf(serdes.int32).not.toMatchTypeOf<Serde<string>>();
    // @ts-expect-error the keys are strings
    clicks.to('out', { key: serdes.int32 });
    // @ts-expect-error the values are clicks
    clicks.to('out', { value: serdes.string });
    // @ts-expect-error the group's keys are strings
    clicks.groupBy((click) => click.country, { key: serdes.int32 });
    // @ts-expect-error a count is a number
    clicks.groupByKey().count({ value: serdes.string });
    const windows = clicks.groupByKey().windowedBy(tumbling({ sizeMs: 1 }));
    // @ts-expect-error the keys of a window's table are windowed
    windows.count().toStream().to('out', { key: serdes.string });
    // @ts-expect-error the keys are strings
    clicks.repartition({ key: serdes.int32 });
  });

  it('refuse an external sink for other values', () => {
    const { clicks } = declare();
    const numbers: SinkConnector<string, number> = { description: '', open: () => Promise.reject(new Error()) };
    expectTypeOf(numbers).not.toMatchTypeOf<SinkConnector<string, Click>>();
    // @ts-expect-error the sink takes numbers
    clicks.sinkTo(numbers);
  });
});
