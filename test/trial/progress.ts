import { LakeTables } from '../../src/cli/lake-tables.ts';
import type { Scene } from './scene.ts';

/** How much of what a run must leave is there: the share of all rows, and of the table that is furthest behind. */
export interface Progress {
  readonly rows: number;
  readonly whole: number;
  readonly slowest: number;
}

/** Tells at each call how far the tables of a run are. */
export function progressOf({ sample, folder }: Pick<Scene, 'sample' | 'folder'>): () => Promise<Progress> {
  const looks = new LakeTables(folder);
  const expected = Object.entries(sample.facts.tables).filter(([, { size }]) => size > 0);
  const total = expected.reduce((sum, [, { size }]) => sum + size, 0);
  return async () => {
    const found = new Map((await looks.read()).map(({ name, rows }) => [name, rows]));
    let rows = 0;
    let slowest = 1;
    for (const [name, { size }] of expected) {
      const there = found.get(name) ?? 0;
      rows += there;
      slowest = Math.min(slowest, there / size);
    }
    return { rows, whole: total === 0 ? 1 : rows / total, slowest };
  };
}
