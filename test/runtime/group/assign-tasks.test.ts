import { describe, expect, it } from 'vitest';
import { assignTasks } from '../../src/runtime/assignor.ts';

/** A small seeded generator, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

const tasksOf = (subTopologies: number, partitions: number): string[] =>
  Array.from({ length: subTopologies * partitions }, (_, i) => `${Math.floor(i / partitions)}_${i % partitions}`);

describe('assignTasks', () => {
  it('gives each task to exactly one member, and no member two more than another, whatever the previous owners were', () => {
    const next = random(7);
    for (let round = 0; round < 300; round++) {
      const tasks = tasksOf(1 + Math.floor(next() * 4), 1 + Math.floor(next() * 12));
      const members = Array.from({ length: 1 + Math.floor(next() * 6) }, (_, i) => ({
        id: `m${i}`,
        previous: tasks.filter(() => next() < 0.4),
      }));
      const assigned = assignTasks(tasks, members);
      expect([...assigned.values()].flat().sort()).toEqual([...tasks].sort());
      const sizes = [...assigned.values()].map((own) => own.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
  });

  it('changes nothing when the members and the tasks are the same', () => {
    const tasks = tasksOf(2, 7);
    const ids = ['a', 'b', 'c'];
    const first = assignTasks(
      tasks,
      ids.map((id) => ({ id, previous: [] })),
    );
    const second = assignTasks(
      tasks,
      ids.map((id) => ({ id, previous: first.get(id) ?? [] })),
    );
    for (const id of ids) expect([...(second.get(id) ?? [])].sort()).toEqual([...(first.get(id) ?? [])].sort());
  });

  it('moves only the tasks of a member that left', () => {
    const tasks = tasksOf(1, 9);
    const first = assignTasks(
      tasks,
      ['a', 'b', 'c'].map((id) => ({ id, previous: [] })),
    );
    const second = assignTasks(
      tasks,
      ['a', 'b'].map((id) => ({ id, previous: first.get(id) ?? [] })),
    );
    for (const id of ['a', 'b']) expect(second.get(id)).toEqual(expect.arrayContaining([...(first.get(id) ?? [])]));
  });

  it('gives a new member its share and takes no more than that from the others', () => {
    const tasks = tasksOf(1, 8);
    const first = assignTasks(
      tasks,
      ['a', 'b'].map((id) => ({ id, previous: [] })),
    );
    const second = assignTasks(
      tasks,
      ['a', 'b', 'c'].map((id) => ({ id, previous: first.get(id) ?? [] })),
    );
    const moved = ['a', 'b'].flatMap((id) => (first.get(id) ?? []).filter((task) => !second.get(id)?.includes(task)));
    expect(moved).toHaveLength(second.get('c')?.length ?? 0);
  });

  it('leaves members without tasks when there are more members than tasks', () => {
    const assigned = assignTasks(
      ['0_0'],
      ['a', 'b'].map((id) => ({ id, previous: [] })),
    );
    expect([...assigned.values()].map((own) => own.length).sort((a, b) => a - b)).toEqual([0, 1]);
  });
});
