#!/usr/bin/env node
// `npm test`: every check of this repository, one after the other, and one last line with the count. Without
// Apache Kafka the integration tests skip themselves and say so in one line; REQUIRE_KAFKA=1 makes that a failure.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const reports = mkdtempSync(join(tmpdir(), 'topology-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };

/** Runs a command with its output shown; answers whether it ended well. */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}

/** A check that is one thing: it passes or fails as a whole. */
async function check(name, command, args) {
  console.log(`\n# ${name}`);
  const passed = await run(command, args);
  total[passed ? 'passed' : 'failed']++;
  if (!passed) console.log(`${name} failed`);
}

/** A suite of Vitest, whose tests are counted one by one. */
async function suite(name, config) {
  console.log(`\n# ${name}`);
  const report = join(reports, `${name.replaceAll(' ', '-')}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const passed = await run('npx', ['vitest', 'run', '-c', config, ...reporters]);
  if (!existsSync(report)) {
    total.failed++;
    console.log(`${name}: no report, so it counts as one failure`);
    return;
  }
  const result = JSON.parse(readFileSync(report, 'utf8'));
  total.passed += result.numPassedTests;
  total.failed += result.numFailedTests;
  total.skipped += result.numPendingTests + result.numTodoTests;
  // A file that does not even load has no tests to count.
  if (!passed && result.numFailedTests === 0) total.failed++;
}

await check('lint', 'npm', ['run', '-s', 'lint']);
await check('format', 'npm', ['run', '-s', 'format:check']);
await check('types', 'npm', ['run', '-s', 'typecheck']);
await check('every test file is run by some suite', process.execPath, ['scripts/check-test-files.mjs']);
await check('counted work per record', 'npm', ['run', '-s', 'bench:work']);
await suite('unit tests', 'vitest.config.ts');
await suite('package test', 'vitest.package.config.ts');
await suite('integration tests', 'vitest.integration.config.ts');

rmSync(reports, { recursive: true, force: true });
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
