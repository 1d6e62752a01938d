#!/usr/bin/env node
// `npm test`: every check of this repository, one after the other, and one last line with the count. What cannot run
// here is skipped and said in one line; REQUIRE_KAFKA=1 makes a missing broker a failure.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const requireKafka = process.env.REQUIRE_KAFKA === '1';
const reports = mkdtempSync(join(tmpdir(), 'topology-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };

/** Runs a command with its output shown; answers whether it ended well. */
function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
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
async function suite(name, folders, env = {}) {
  console.log(`\n# ${name}`);
  const report = join(reports, `${name.replaceAll(' ', '-')}.json`);
  const config = folders.length === 0 ? [] : ['--config', 'vitest.heavy.config.ts', ...folders];
  const args = ['vitest', 'run', ...config, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const passed = await run('npx', args, env);
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

function skip(name, reason) {
  total.skipped++;
  console.log(`\n# ${name}\nskipped: ${reason}`);
}

/** Why there is no broker for the integration tests, or null when there is one. */
function noKafka() {
  if (process.env.KAFKA_BOOTSTRAP_SERVERS) return null;
  const works = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  if (works('docker', ['info'])) return null;
  if (works('java', ['-version']) && works('mvn', ['-version'])) return null;
  return 'no Apache Kafka: set KAFKA_BOOTSTRAP_SERVERS, or install Docker, or a JDK with Maven';
}

function hasTests(folder) {
  return (
    existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('.test.ts'))
  );
}

await check('lint', 'npm', ['run', '-s', 'lint']);
await check('format', 'npm', ['run', '-s', 'format:check']);
await check('types', 'npm', ['run', '-s', 'typecheck']);
await check('every test file is run by some suite', process.execPath, ['scripts/check-test-files.mjs']);
await suite('unit tests', []);
await suite('package test', ['test/package']);
const reason = noKafka();
for (const [name, folder] of [
  ['integration tests on Apache Kafka', 'test/integration'],
  ['kill tests on Apache Kafka', 'test/faults'],
]) {
  if (!hasTests(folder)) continue;
  if (reason === null || requireKafka) await suite(name, [folder]);
  else skip(name, reason);
}

rmSync(reports, { recursive: true, force: true });
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
