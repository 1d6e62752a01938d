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
  // Again where a checkpoint or a half-written file came in between: some tests stop writers that are still at work.
  afterEach(() => rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));
  return (...names) => join(root, ...names);
}
