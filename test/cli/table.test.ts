import { CommanderError } from 'commander';
import { readdir, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

import { reportFailure } from '../../src/cli/failure.ts';
import { LakeTables } from '../../src/cli/lake-tables.ts';
import { createProgram } from '../../src/cli/program.ts';
import { field, struct } from '../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../src/sinks/delta/table.ts';
import { tableFolder } from '../sinks/delta/table-folder.ts';
import { FakeRuntime, fakeCluster } from './app-fixture.ts';
import { fakeTerminal } from './terminal-fixture.ts';

describe('topology table', () => {
  const path = tableFolder();

  const run = async (...args: string[]): Promise<{ out: string; err: string; code: number }> => {
    const log = { events: [] };
    const { terminal, written } = fakeTerminal();
    let code = 0;
    const program = createProgram({
      terminal,
      environment: {},
      folder: path(),
      stop: AbortSignal.timeout(10_000),
      exitCode: (given) => (code = given),
      openCluster: async () => fakeCluster(log),
      createRuntime: (_topology, config) => new FakeRuntime(config, log),
      lakeTables: (folder) => new LakeTables(folder),
    });
    try {
      await program.parseAsync(['table', ...args], { from: 'user' });
    } catch (error) {
      code = error instanceof CommanderError ? error.exitCode && 2 : reportFailure(terminal, error, false);
    }
    return { ...written, code };
  };

  const filled = async (): Promise<void> => {
    const schema = struct(
      field('id', 'string', { nullable: false }),
      field('day', 'date'),
      field('tags', struct(field('a', 'long'))),
    );
    const table = await DeltaTable.createOrOpen(path('t'), { schema, partitionBy: ['day'] });
    for (let n = 0; n < 3; n++) {
      await table.append([{ id: `r${n}`, day: '2026-01-01' }], { txn: { appId: 'app-events-0', version: n } });
    }
  };

  it('prints rows as lines of JSON, those that are asked for', async () => {
    await filled();
    const { out, err } = await run('rows', 't', '--limit', '2');
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { id: expect.stringMatching(/^r\d$/) as string, tags: null },
      { id: expect.stringMatching(/^r\d$/) as string },
    ]);
    expect(err).toBe('2 of 3 rows\n');
    expect((await run('rows', 't', '--where', 'id=r1', '--where', 'tags=')).out).toContain('"id":"r1"');
    expect((await run('rows', 't', '--where', 'id=r9')).err).toBe('0 of 0 rows\n');
    expect(await run('rows', 't', '--where', 'none=1')).toMatchObject({
      code: 2,
      err: expect.stringContaining('the columns are id, day, tags') as string,
    });
  });

  it('compares two tables, and exits with 1 when they differ', async () => {
    await filled();
    const same = await run('diff', 't', 't', '--key', 'id');
    expect([same.code, same.out]).toEqual([0, expect.stringContaining('the tables are the same: 3 rows')]);
    const older = await run('diff', 't', 't', '--key', 'id', '--version-a', '1');
    expect(older.code).toBe(1);
    expect(older.out).toMatch(/^2 rows only in b\n {2}"r[12]"\n {2}"r[12]"$/m);
    const json = await run('diff', 't', 't', '--version-b', '2', '--json');
    expect([json.code, JSON.parse(json.out)]).toEqual([
      1,
      expect.objectContaining({ equal: 2, onlyInA: 1, onlyInB: 0 }),
    ]);
    expect((await run('diff', 't', 'nothing')).code).not.toBe(0);
  });

  it('describes a table and tells its history', async () => {
    await filled();
    const { out, code } = await run('describe', 't');
    expect(code).toBe(0);
    expect(out).toContain('t: version 3');
    expect(out).toMatch(/size +3 rows, 3 files/);
    expect(out).toMatch(/id +string, not null\n +day +date, partition\n +tags +struct<a: long>/);
    expect(out).toContain('app-events-0  2');
    const history = await run('history', 't', '--limit', '2');
    expect(
      history.out
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/ +/)[0]),
    ).toEqual(['3', '2']);
  });

  it('puts small files together, and vacuums what that leaves', async () => {
    await filled();
    expect((await run('optimize', 't')).out).toBe('3 files became 1; the table is at version 4\n');
    expect(await run('vacuum', 't', '--retain-hours', '0')).toMatchObject({
      code: 2,
      err: expect.stringContaining('below 168 h') as string,
    });
    expect((await run('vacuum', 't', '--retain-hours', '0', '--allow-short', '--dry-run')).out).toMatch(
      /3 files, .* would be deleted/,
    );
    expect((await run('vacuum', 't', '--retain-hours', '0', '--allow-short')).out).toMatch(/3 files, .* were deleted/);
    expect(await run('check', 't')).toMatchObject({
      code: 0,
      out: 't is sound: version 4, 5 commits, 1 files, 3 rows\n',
    });
  });

  it('exits with 1 when a table is not sound, and says what is wrong', async () => {
    await filled();
    const [name] = await readdir(path('t', 'day=2026-01-01'));
    await rm(path('t', 'day=2026-01-01', String(name)));
    const { out, code } = await run('check', 't');
    expect(code).toBe(1);
    expect(out).toContain('the log names it, but it is not there');
    expect(await run('check', 'nothing')).toMatchObject({ code: 1 });
    expect(await run('describe', 'nothing')).toMatchObject({
      code: 1,
      err: expect.stringContaining('no Delta table') as string,
    });
  });

  it('teaches what it does', async () => {
    expect((await run('--help')).out).toContain('topology table check');
    expect((await run('vacuum', '--help')).out).toContain('168 hours');
    expect(await run('tidy')).toMatchObject({ code: 2 });
  });
});
