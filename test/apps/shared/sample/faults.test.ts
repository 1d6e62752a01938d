import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFaults } from '../../../../src/apps/shared/sample/faults.ts';

describe('faults', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'faults-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const resources = Array.from({ length: 500 }, (_, i) => `/r/${i}`);

  it('befall some resources, a few times each, and then no more', () => {
    const faults = createFaults({ seed: 1, rate: 0.2 });
    const counts = resources.map((resource) => {
      let times = 0;
      while (faults.next(resource, 4) !== null) times++;
      return times;
    });
    expect(counts.filter((times) => times > 0).length).toBeGreaterThan(50);
    expect(counts.filter((times) => times > 0).length).toBeLessThan(200);
    expect(Math.max(...counts)).toBe(4);
    expect(resources.every((resource) => faults.next(resource, 4) === null)).toBe(true);
  });

  it('befall no resource more often than is said', () => {
    const faults = createFaults({ seed: 1, rate: 1 });
    for (const most of [0, 1, 2]) {
      const counts = resources.map((resource) => {
        let times = 0;
        while (faults.next(`${resource}/${most}`, most) !== null) times++;
        return times;
      });
      expect(Math.max(...counts)).toBe(most);
    }
  });

  it('are the same for the same seed, whatever is asked for first', () => {
    const first = (order: readonly string[]) => {
      const faults = createFaults({ seed: 5, rate: 0.2 });
      return Object.fromEntries(order.map((resource) => [resource, faults.next(resource, 4)]));
    };
    expect(first(resources)).toEqual(first([...resources].reverse()));
  });

  it('do not begin anew after a restart', () => {
    const journal = join(folder, 'faults');
    const options = { seed: 1, rate: 1, journal };
    const faults = createFaults(options);
    while (faults.next('/a', 4) !== null);
    expect(createFaults(options).next('/a', 4)).toBeNull();
    expect(createFaults(options).next('/b', 4)).not.toBeNull();
  });
});
