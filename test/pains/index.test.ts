import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const [FIRST, LAST] = [4, 17];

interface Named {
  readonly pain: number;
  readonly file: URL;
  readonly title: string;
}

/** The tests that the README names. */
function named(): Named[] {
  const found: Named[] = [];
  const table = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  for (const [, pain = '', tests = ''] of table.matchAll(/^\| (\d+) +\|[^|]+\|(.+)\|$/gm)) {
    for (const [, path = '', title = ''] of tests.matchAll(/\]\((.+?)\) "(.+?)"/g)) {
      found.push({ pain: Number(pain), file: new URL(path, import.meta.url), title });
    }
  }
  return found;
}

/** Whether a file has a test whose title says so. */
function isThere({ file, title }: Named): boolean {
  const source = readFileSync(file, 'utf8');
  const titles = [...source.matchAll(/\b(?:it|describe)(?:\.[a-z]+(?:\([^;]*?\))?)*\(\s*(['`])(.+?)\1,/gs)].map(
    ([, , text = '']) => text,
  );
  return titles.some((text) => text.includes(title));
}

it('every pain has tests, and each that is named is there', () => {
  const tests = named();
  const pains = [...new Set(tests.map(({ pain }) => pain))];
  expect(pains).toEqual(Array.from({ length: LAST - FIRST + 1 }, (_, i) => FIRST + i));
  expect(tests.filter((test) => !isThere(test)).map(({ file, title }) => `${file.pathname}: ${title}`)).toEqual([]);
});
