import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { CLOSE_TIMEOUT_MS } from '../../src/runtime/close-options.ts';

const unit = await readFile('deploy/systemd/topology@.service', 'utf8');
const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1];

const missing = spawnSync('systemd-analyze', ['--version']).status !== 0;

describe('the systemd unit', () => {
  it('waits for longer than an application takes to close', () => {
    expect(Number(value('TimeoutStopSec')?.replace('s', '')) * 1_000).toBeGreaterThan(CLOSE_TIMEOUT_MS);
  });

  it('starts again after a failure, but not over a wrong configuration', () => {
    expect(value('Restart')).toBe('on-failure');
    expect(value('RestartPreventExitStatus')).toBe('2');
  });

  describe.skipIf(missing)('by systemd-analyze (skipped where it is not installed)', () => {
    const analyse = async (...args: string[]) => {
      const folder = await mkdtemp(join(tmpdir(), 'topology-unit-'));
      const file = join(folder, 'topology@claimx.service');
      // The command need not be installed where this is tested.
      await writeFile(file, unit.replace('ExecStart=/usr/bin/topology', `ExecStart=${process.execPath}`));
      const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, file], { encoding: 'utf8' });
      await rm(folder, { recursive: true });
      return { status, text: `${stdout}${stderr}` };
    };

    it('is well formed', async () => {
      expect(await analyse('verify', '--man=no')).toEqual({ status: 0, text: '' });
    });

    it('is hardened', async () => {
      const { text } = await analyse('security', '--offline=true', '--no-pager');
      expect(Number(/exposure level[^:]*: ([\d.]+)/.exec(text)?.[1])).toBeLessThan(2.5);
    });
  });
});
