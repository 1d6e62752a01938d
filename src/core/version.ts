import { existsSync, readFileSync } from 'node:fs';

const NAME = 'topology-streams';

/** The version of the package that this file is in; `unknown` where it was bundled into another. */
export const version: string = readVersion();

function readVersion(): string {
  for (const above of ['../../', '../../../', '../../../../']) {
    const file = new URL(`${above}package.json`, import.meta.url);
    if (!existsSync(file)) continue;
    const found = JSON.parse(readFileSync(file, 'utf8')) as { readonly name?: string; readonly version?: string };
    if (found.name === NAME) return found.version ?? 'unknown';
  }
  return 'unknown';
}
