// Checked by the compiler: `npm run typecheck` fails when something that must be refused is taken.
import { describe, expectTypeOf, it } from 'vitest';
import { serdes } from '../../src/serdes/serdes.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import { joinWindow } from '../../src/topology/join-windows.ts';
import type { KStream } from '../../src/topology/stream.ts';
import type { KTable } from '../../src/topology/table.ts';

const windows = joinWindow({ beforeMs: 1 });
const declare = () => {
  const builder = new StreamsBuilder();
  return {
    names: builder.stream('names', { key: serdes.string, value: serdes.string }),
    counts: builder.stream('counts', { key: serdes.string, value: serdes.int32 }),
    byNumber: builder.stream('by-number', { key: serdes.int32, value: serdes.string }),
    people: builder.table('people', { key: serdes.string, value: serdes.string }),
    ages: builder.table('ages', { key: serdes.int32, value: serdes.int32 }),
    world: builder.globalTable('world', { key: serdes.int32, value: serdes.string }),
  };
};

describe('types of joins', () => {
  it('give the joiner null for what an outer join may lack, and only there', () => {
    const { names, counts } = declare();
    names.join(counts, (name, count) => (expectTypeOf(count).toEqualTypeOf<number>(), name), windows);
    names.leftJoin(counts, (name, count) => (expectTypeOf(count).toEqualTypeOf<number | null>(), name), windows);
    names.outerJoin(counts, (name) => (expectTypeOf(name).toEqualTypeOf<string | null>(), 1), windows);
    const joined = names.join(counts, (name, count) => ({ name, count }), windows);
    expectTypeOf(joined).toEqualTypeOf<KStream<string, { name: string; count: number }>>();
  });

  it('refuse streams of different key types', () => {
    const { names, byNumber } = declare();
    expectTypeOf(byNumber).toEqualTypeOf<KStream<number, string>>();
    // @ts-expect-error the keys are texts on one side and numbers on the other
    names.join(byNumber, (one, other) => one + other, windows);
    // @ts-expect-error the same for a left join
    names.leftJoin(byNumber, (one, other) => one + String(other), windows);
    // @ts-expect-error the same for an outer join
    names.outerJoin(byNumber, (one, other) => String(one) + String(other), windows);
  });

  it('refuse a join of streams without windows, and a table in place of a global one', () => {
    const { names, counts, people, world } = declare();
    // @ts-expect-error streams need windows
    expectTypeOf(() => names.join(counts, (one, other) => `${one}${String(other)}`)).toBeFunction();
    // @ts-expect-error a global table is looked up under a key that a function names
    expectTypeOf(() => names.join(world, (one: string, other: string) => one + other)).toBeFunction();
    const joiner = (one: string, other: string): string => one + other;
    // @ts-expect-error a table has its rows under the stream's own key
    expectTypeOf(() => names.join(people, (name: string) => name, joiner)).toBeFunction();
  });

  it('check the key that is looked up in a global table', () => {
    const { names, world } = declare();
    const joined = names.leftJoin(
      world,
      (name) => name.length,
      (name, place) => (expectTypeOf(place).toEqualTypeOf<string | null>(), name),
    );
    expectTypeOf(joined).toEqualTypeOf<KStream<string, string>>();
    const joiner = (name: string, place: string): string => name + place;
    // @ts-expect-error the keys of the global table are numbers
    names.join(world, (name: string) => name, joiner);
  });

  it('check foreign keys, and refuse tables of different key types without one', () => {
    const { people, ages } = declare();
    const joined = people.join(
      ages,
      (person) => person.length,
      (person, age) => (expectTypeOf(age).toEqualTypeOf<number>(), { person, age }),
    );
    expectTypeOf(joined).toEqualTypeOf<KTable<string, { person: string; age: number }>>();
    people.leftJoin(
      ages,
      () => null,
      (person, age) => (expectTypeOf(age).toEqualTypeOf<number | null>(), person),
    );
    const joiner = (person: string, age: number): string => `${person}${age}`;
    // @ts-expect-error the foreign key must be of the other table's key type
    people.join(ages, (person: string) => person, joiner);
    // @ts-expect-error the keys are texts on one side and numbers on the other
    people.join(ages, (person, age) => `${person}${age}`);
  });
});
