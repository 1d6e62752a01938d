#!/usr/bin/env node
// A test file whose name no runner's pattern matches would never run, and nobody would notice.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const lost = readdirSync('test', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name) && !entry.name.endsWith('.test.ts'))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((path) => /^import .*\b(?:it|test)\b.* from 'vitest'/m.test(readFileSync(path, 'utf8')))
  // Contract suites are called by the tests of each implementation.
  .filter((path) => !/export (?:async )?function/.test(readFileSync(path, 'utf8')));

for (const path of lost) console.error(`${path} has tests, but its name does not end in .test.ts, so nothing runs it`);
process.exitCode = lost.length > 0 ? 1 : 0;
