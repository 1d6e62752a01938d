import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedConfig } from './config.ts';

/** Tasks with a folder here, from this run or earlier ones. */
export function localTasks({ stateDir, applicationId }: Pick<ResolvedConfig, 'stateDir' | 'applicationId'>): string[] {
  const dir = join(stateDir, applicationId);
  return existsSync(dir) ? readdirSync(dir).filter((name) => /^\d+_\d+$/.test(name)) : [];
}
