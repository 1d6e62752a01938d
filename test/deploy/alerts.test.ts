import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const missing = spawnSync('promtool', ['--version']).status !== 0;

describe.skipIf(missing)(
  `the alert rules${missing ? ': promtool is not installed (apt install prometheus)' : ''}`,
  () => {
    const promtool = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
      return { status, text: `${stdout}${stderr}` };
    };

    it('load into Prometheus', () => {
      const { status, text } = promtool('check', 'rules', 'deploy/prometheus/alerts.yaml');
      expect({ status, text }).toMatchObject({ status: 0, text: expect.stringContaining('SUCCESS') as string });
    });

    it('fire when they should, and not when they should not', () => {
      const { status, text } = promtool('test', 'rules', 'deploy/prometheus/alerts.test.yaml');
      expect({ status, text }).toMatchObject({ status: 0, text: expect.stringContaining('SUCCESS') as string });
    });
  },
);
