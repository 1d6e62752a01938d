import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { xactTables } from '../../../../src/apps/xact/tables.ts';
import { LakeTables } from '../../../../src/cli/lake-tables.ts';
import { openCluster } from '../../../../src/cli/open-cluster.ts';
import { createProgram } from '../../../../src/cli/program.ts';
import { StreamsApp } from '../../../../src/runtime/streams-app.ts';
import { DeltaTable } from '../../../../src/sinks/delta/table.ts';
import { fakeTerminal } from '../../../cli/terminal-fixture.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'xact-run-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

async function start(...args: string[]): Promise<{ out: string; exitCode: number }> {
  const { terminal, written } = fakeTerminal();
  let exitCode = 0;
  const program = createProgram({
    terminal,
    environment: {},
    folder: process.cwd(),
    stop: new AbortController().signal,
    exitCode: (code) => (exitCode = code),
    openCluster,
    createRuntime: (topology, config) => new StreamsApp(topology, config),
    lakeTables: (folder) => new LakeTables(folder),
  });
  const flags = ['--embedded', '--once', '--port', '0', '--log-level', 'error', '--data-dir', dataDir];
  await program.parseAsync(['node', 'topology', 'start', ...args, ...flags]);
  return { out: written.out, exitCode };
}

describe('a run of xact on the embedded broker', () => {
  it.each([1, 2, 3])(
    'leaves what the manifest of seed %i says',
    async (seed) => {
      const { out, exitCode } = await start('--app', 'xact', '--events', '250', '--seed', String(seed));
      expect(out).toContain('All as expected.');
      expect(exitCode).toBe(0);
      const { tables } = JSON.parse(await readFile(join(dataDir, 'expected.json'), 'utf8')) as {
        tables: Record<string, number>;
      };
      expect(tables['xact_events']).toBeGreaterThan(200);
      const attachments = await (
        await DeltaTable.open(xactTables.path(join(dataDir, 'lake'), 'xact_attachments'))
      ).readRows();
      expect(attachments).toHaveLength(tables['xact_attachments'] ?? -1);
      // Each has its final status, and none its signature.
      expect(attachments.every(({ status }) => status === 'completed' || status === 'failed')).toBe(true);
      expect(JSON.stringify(attachments)).not.toContain('X-Amz');
    },
    60_000,
  );

  it('goes with claimx beside it in the same process', async () => {
    const { out, exitCode } = await start('--app', 'claimx', '--app', 'xact', '--events', '120', '--seed', '4');
    expect(out.match(/All as expected\./g)).toHaveLength(2);
    expect(exitCode).toBe(0);
  }, 60_000);

  it('comes through the standard faults', async () => {
    const { out } = await start('--app', 'xact', '--events', '250', '--seed', '5', '--faults', 'standard');
    expect(out).toContain('All as expected.');
  }, 60_000);
});
