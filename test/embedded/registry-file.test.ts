import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openRegistryFile } from '../../src/embedded/registry-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'registry-'));
  path = join(folder, 'below', 'registry.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a registry in a file', () => {
  it('knows after a restart what it answered before', () => {
    const before = openRegistryFile(path);
    before.register('a', '"string"');
    before.register('b', '"int"');
    before.setSubjectCompatibility('b', 'NONE');
    before.register('b', '"long"');
    before.deleteVersion('b', 'latest');
    before.setSubjectMode('a', 'READONLY');
    before.compatibility = 'FULL';
    before.mode = 'READWRITE';

    const after = openRegistryFile(path);
    expect(after.subjects()).toEqual(['a', 'b']);
    expect(after.register('a', '"string"').id).toBe(1);
    expect([after.schema(1), after.schema(2), after.schema(3)]).toEqual(['"string"', '"int"', '"long"']);
    expect(after.versions('b', true)).toEqual([1, 2]);
    expect(after.subjectMode('a')).toBe('READONLY');
    expect(after.compatibility).toBe('FULL');
    expect(after.register('b', '"double"')).toMatchObject({ id: 4, version: 3 });
  });

  it('writes nothing until something changes', () => {
    openRegistryFile(path).subjects();
    expect(() => readFileSync(path)).toThrow(/ENOENT/);
  });

  it('is STATE_CORRUPT when it is something else', () => {
    const other = join(folder, 'other.json');
    for (const written of ['', 'x', 'null', '{"format":99}']) {
      writeFileSync(other, written);
      expect(() => openRegistryFile(other)).toThrow(expect.objectContaining({ code: 'STATE_CORRUPT' }));
    }
  });
});
