import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const RULES = 35;
const tests = new URL('..', import.meta.url);

/** `rule file`, for each rule that a test names. */
function named(): Set<string> {
  const found = new Set<string>();
  for (const file of readdirSync(fileURLToPath(tests), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.test.ts')) continue;
    const source = readFileSync(new URL(file, tests), 'utf8');
    for (const [, numbers = ''] of source.matchAll(/\bit\(\s*'rules? ([\d and]+): /g)) {
      for (const rule of numbers.split(' and ')) found.add(`${rule} ${file}`);
    }
  }
  return found;
}

/** The same, as the README has it. */
function listed(): Set<string> {
  const found = new Set<string>();
  const table = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  for (const [, rule = '', links = ''] of table.matchAll(/^\| (\d+) +\|[^|]+\|(.+)\|$/gm)) {
    for (const [, path = ''] of links.matchAll(/\]\((.+?)\)/g)) {
      found.add(`${rule} ${new URL(path, import.meta.url).href.slice(tests.href.length)}`);
    }
  }
  return found;
}

it('every rule has a test that names it, and the README lists them all', () => {
  const rules = new Set([...named()].map((entry) => Number(entry.split(' ')[0])));
  expect([...rules].sort((one, other) => one - other)).toEqual(Array.from({ length: RULES }, (_, i) => i + 1));
  expect([...listed()].sort()).toEqual([...named()].sort());
});
