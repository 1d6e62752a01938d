import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { STAGE_COMMANDS } from '../../src/cli/built-in-apps.ts';
import { configSchema } from '../../src/cli/config/schema.ts';
import { loadApp } from '../../src/cli/load-app.ts';
import { ERROR_CODES } from '../../src/core/errors.ts';

const text = await readFile('docs/operations.md', 'utf8');
const section = (heading: string) => text.split(`\n${heading}\n`)[1]?.split(/\n##+ /)[0] ?? '';
const firstCells = (heading: string) =>
  [...section(heading).matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );

describe('docs/operations.md', () => {
  it('says what to do for each error code, and for no other', () => {
    expect(firstCells('### By error code').toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted());
  });

  it('says what to do for each alert, and for no other', async () => {
    const rules = parse(await readFile('deploy/prometheus/alerts.yaml', 'utf8')) as {
      readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
    };
    const alerts = rules.groups.flatMap((group) => group.rules.map(({ alert }) => alert));
    expect(firstCells('## Dashboards and alerts').toSorted()).toEqual(alerts.toSorted());
  });

  it('has the port of each stage', async () => {
    const found = new Map(
      [
        ...section('## Deploy').matchAll(/\| (80\d\d) +\| `topology ([\w-]+)` +|\| (80\d\d) \| `topology ([\w-]+)` +/g),
      ].map(([, a, b, c, d]) => [b ?? d, Number(a ?? c)]),
    );
    for (const { command, app, stage } of STAGE_COMMANDS) {
      const { stages } = await loadApp(app);
      expect([command, found.get(command)]).toEqual([command, stages.find(({ name }) => name === stage)?.healthPort]);
    }
  });

  it('has configurations that the command takes', async () => {
    const migration = await readFile('docs/migration.md', 'utf8');
    const files = [...`${text}\n${migration}`.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
      ([, block = '']) => parse(block) as object,
    );
    const ours = files.filter((file) => 'apps' in file);
    expect(ours).toHaveLength(2);
    for (const file of ours) {
      const sasl = { mechanism: 'scram-sha-512', username: 'u', password: 'of the environment' };
      const complete = 'kafka' in file ? { ...file, kafka: { ...(file.kafka as object), sasl } } : file;
      const { apps } = configSchema.parse(complete);
      for (const [name, given] of Object.entries(apps)) (await loadApp(name)).parseConfig?.(given);
    }
  });
});
