import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Compiles the instances, which run in processes of their own; answers the path of one of their modules. */
export function builtInstance(module: 'instance' | 'stepped-instance'): string {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.chaos.json'], { stdio: 'pipe' });
  return resolve(`.build/chaos/test/chaos/${module}.js`);
}
