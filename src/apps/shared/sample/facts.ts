import type { Manifest } from './comparison.ts';

/** What a complete run leaves, thing by thing. */
export interface Facts {
  /** Of each table the keys of its rows: the columns of the merge key, joined by `/`. */
  readonly tables: Readonly<Record<string, ReadonlySet<string>>>;
  /**
   * Of each dead-letter topic what its records are about, and what is wrong with it. A malformed record is named by its
   * place in the sample, counted from 0.
   */
  readonly deadLetters: Readonly<Record<string, ReadonlyMap<string, string>>>;
}

export function countFacts({ tables, deadLetters }: Facts): Manifest {
  const sizes = (of: Readonly<Record<string, { readonly size: number }>>): Record<string, number> =>
    Object.fromEntries(Object.entries(of).map(([name, { size }]) => [name, size]));
  return { tables: sizes(tables), deadLetters: sizes(deadLetters) };
}
