// Checked by the compiler: `npm run typecheck` fails when something that must be refused is taken.
import { describe, expectTypeOf, it } from 'vitest';
import {
  queryable,
  type QueriedEntry,
  type QueryEntries,
  type QueryResult,
  type ReadOnlyKeyValueStore,
  type ReadOnlySessionStore,
  type ReadOnlyVersionedStore,
  type ReadOnlyWindowStore,
  serdes,
  type StreamsApp,
  type VersionedRecord,
  type Windowed,
} from '../../src/index.ts';

const counted = { key: serdes.string, value: serdes.int64 };
const counts = queryable.keyValue('counts', counted);
const windows = queryable.window('windows', counted);
const sessions = queryable.session('sessions', counted);
const prices = queryable.versioned('prices', { key: serdes.int32, value: serdes.string });

describe('types of queries', () => {
  it('follow from the store', () => {
    const read = (app: StreamsApp) => {
      expectTypeOf(app.store(counts)).toEqualTypeOf<ReadOnlyKeyValueStore<string, number>>();
      expectTypeOf(app.store(counts).get('a')).toEqualTypeOf<number | null>();
      expectTypeOf(app.store(windows)).toEqualTypeOf<ReadOnlyWindowStore<string, number>>();
      expectTypeOf(app.store(sessions)).toEqualTypeOf<ReadOnlySessionStore<string, number>>();
      expectTypeOf(app.store(prices)).toEqualTypeOf<ReadOnlyVersionedStore<number, string>>();
      expectTypeOf(app.query(counts).get('a')).toEqualTypeOf<Promise<QueryResult<number>>>();
      expectTypeOf(app.query(windows).fetchAll(0, 1)).toEqualTypeOf<
        QueryEntries<QueriedEntry<Windowed<string>, number>>
      >();
      expectTypeOf(app.query(prices).getVersions(1, 0, 1)).toEqualTypeOf<QueryEntries<VersionedRecord<string>>>();
      expectTypeOf(app.store('counts')).toEqualTypeOf<ReadOnlyKeyValueStore<unknown, unknown>>();
    };
    expectTypeOf(read).toBeFunction();
  });

  it('refuse keys of another type, and reads that another kind of store has', () => {
    const read = (app: StreamsApp) => {
      // @ts-expect-error the keys are texts
      app.store(counts).get(1);
      // @ts-expect-error the keys are texts
      void app.query(counts).get(1);
      // @ts-expect-error a key-value store has no windows
      app.store(counts).fetchAll(0, 1);
      // @ts-expect-error a session store is not read by its window's start
      void app.query(sessions).fetchRange('a', 0, 1);
      // @ts-expect-error a partitioner gets keys of the store
      app.query(prices, { partitioner: (key: string) => key.length });
      // @ts-expect-error a window store is not a key-value store
      const wrong: ReadOnlyKeyValueStore<string, number> = app.store(windows);
      return wrong;
    };
    expectTypeOf(read).toBeFunction();
  });
});
