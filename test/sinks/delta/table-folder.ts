import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** A new folder for each test, removed after it. */
export function tableFolder(): (...names: string[]) => string {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'delta-'));
  });
  afterEach(() => rm(root, { recursive: true }));
  return (...names) => join(root, ...names);
}
