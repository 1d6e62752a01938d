import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;

/** An empty project with the package installed as npm would from its registry. */
let project: string;

const node = (...args: string[]) => run(process.execPath, args, { cwd: project });
const topology = (...args: string[]) => run(join(project, 'node_modules/.bin/topology'), args, { cwd: project });

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'topology-package-'));
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', project], { cwd: root });
  const tarball = stdout.trim().split('\n').at(-1) ?? '';
  await writeFile(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }');
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(project, tarball)], {
    cwd: project,
  });
});

afterAll(() => rm(project, { recursive: true, force: true }));

describe('the package', () => {
  it('is a library: a topology is built and run in memory', async () => {
    await writeFile(
      join(project, 'library.mjs'),
      `import { serdes, StreamsBuilder } from 'topology-streams';
       import { TopologyTestDriver } from 'topology-streams/testing';
       const text = { key: serdes.string, value: serdes.string };
       const builder = new StreamsBuilder();
       builder.stream('in', text).mapValues((value) => value.toUpperCase()).to('out', text);
       const driver = await TopologyTestDriver.create(builder.build());
       driver.createInputTopic('in', text).pipe('k', 'hello');
       console.log(driver.createOutputTopic('out', text).read().value);
       await driver.close();`,
    );
    expect((await node('library.mjs')).stdout).toBe('HELLO\n');
  });

  it('writes tables without DuckDB, which it does not bring, and says where it needs it', async () => {
    await writeFile(
      join(project, 'table.mjs'),
      `import { DeltaTable } from './node_modules/topology-streams/dist/sinks/delta/table.js';
       const column = (name, type) => ({ name, type, nullable: true, metadata: {} });
       const schema = { type: 'struct', fields: [column('id', 'long'), column('text', 'string')] };
       const table = await DeltaTable.createOrOpen('table', { schema });
       const rows = Array.from({ length: 51_000 }, (_, id) => ({ id, text: 'old' }));
       await table.append(rows);
       await table.append([{ id: -1, text: 'old' }]);
       await table.merge(rows.slice(0, 21_000).map(({ id }) => ({ id, text: 'new' })), ['id']);
       await table.optimize();
       const read = await table.readRows();
       console.log(read.length, read.filter(({ text }) => text === 'new').length, table.fileCount);
       await table.optimize({ zOrderBy: ['id'] }).catch(({ code, message }) => console.log(code, message));`,
    );
    const [rows, refusal] = (await node('table.mjs')).stdout.split('\n');
    expect(rows).toBe('51001 21000 1');
    expect(refusal).toMatch(/^MISSING_PACKAGE Z-order needs .*npm install @duckdb\/node-api/);
  });

  it('is a command: it lists and draws the built-in application', async () => {
    expect((await topology('apps')).stdout).toContain('claimx');
    expect((await topology('describe', '--app', 'claimx', '--format', 'mermaid')).stdout).toContain('flowchart');
    expect((await topology('describe', '--app', 'claimx', '--format', 'svg')).stdout).toMatch(/^<svg /);
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    expect((await topology('--version')).stdout.trim()).toBe(version);
  });

  it('runs the built-in application embedded, to the end', async () => {
    const sample = ['--once', '--events', '20', '--port', '0', '--data-dir', 'out'];
    const { stdout } = await topology('start', '--app', 'claimx', '--embedded', ...sample);
    expect(stdout).toContain('claimx_events');
    const expected = JSON.parse(await readFile(join(project, 'out/expected.json'), 'utf8')) as object;
    expect(expected).toHaveProperty('tables.claimx_events');
  });

  it('runs an application of the project’s own', async () => {
    await writeFile(
      join(project, 'app.mjs'),
      `import { defineApp, serdes, StreamsBuilder } from 'topology-streams';
       const text = { key: serdes.string, value: serdes.string };
       export default defineApp({
         name: 'own', description: 'an application of its own',
         stages: [{ name: 'copy', applicationId: 'own-copy', topology: () => {
           const builder = new StreamsBuilder();
           builder.stream('in', text).to('out', text);
           return builder.build();
         } }],
       });`,
    );
    expect((await topology('describe', '--app', './app.mjs')).stdout).toContain('Stage copy (application id own-copy)');
    await topology('start', '--app', './app.mjs', '--embedded', '--once', '--port', '0', '--data-dir', 'own');
  });

  it('ends with one clear line and a code that is not 0 when something is wrong', async () => {
    const failed = await topology('start', '--app', 'claimx', '--brokers', '127.0.0.1:1', '--port', '0').catch(
      (error: { code: number; stderr: string }) => error,
    );
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(/^topology: .*127\.0\.0\.1:1.*\n$/m) });
    expect(failed.stderr).not.toMatch(/^ +at /m);
  });

  it('has no other doors than the two', async () => {
    const inner = `await import('topology-streams/dist/runtime/streams-app.js')`;
    await expect(node('--input-type=module', '--eval', inner)).rejects.toMatchObject({
      stderr: expect.stringContaining('ERR_PACKAGE_PATH_NOT_EXPORTED'),
    });
  });

  it('brings types that a strict project accepts', async () => {
    await writeFile(
      join(project, 'types.ts'),
      `import { serdes, StreamsBuilder, type Topology } from 'topology-streams';
       const builder = new StreamsBuilder();
       builder.stream('in', { key: serdes.string, value: serdes.int64 }).filter((value) => value > 1);
       export const topology: Topology = builder.build();`,
    );
    const tsc = join(root, 'node_modules/.bin/tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
    const types = ['--typeRoots', join(root, 'node_modules/@types'), '--skipLibCheck'];
    const { stdout } = await run(tsc, [...options, ...types, 'types.ts'], { cwd: project });
    expect(stdout).toBe('');
  });
});
