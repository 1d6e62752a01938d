import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const text = readFileSync(resolve(root, 'docs/mission-map.md'), 'utf8');
const rows = text.split('\n').filter((line) => line.startsWith('| ') && !/^\| (Row|-+) /.test(line));

describe('the mission map', () => {
  it('names files that are there', () => {
    const named = [...text.matchAll(/`((?:src|schemas|test|docs|bench)\/[^`*]+|oxlint\.config\.mjs)`/g)].map(
      ([, path = '']) => path,
    );
    expect(named.length).toBeGreaterThan(300);
    expect(named.filter((path) => !existsSync(resolve(root, path)))).toEqual([]);
  });

  it('names tests that are in their files', () => {
    const quoted = [...text.matchAll(/`(test\/[^`]+)` “([^”]+)”/g)].map(([, path = '', name = '']) => ({ path, name }));
    expect(quoted.length).toBeGreaterThan(150);
    const lacking = quoted.filter(({ path, name }) => !readFileSync(resolve(root, path), 'utf8').includes(name));
    expect(lacking).toEqual([]);
  });

  it('has code and a test for each row, or says that it is open', () => {
    expect(rows.length).toBeGreaterThan(150);
    const lacking = rows.filter((row) => {
      const [, , , code = '', test = ''] = row.split('|').map((cell) => cell.trim());
      return !/`|_open_/.test(code) || !/`test\/|_open_|lint rule/.test(test);
    });
    expect(lacking).toEqual([]);
  });
});
