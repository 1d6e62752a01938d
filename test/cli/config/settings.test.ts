import { describe, expect, it } from 'vitest';

import { commandSchema } from '../../../src/cli/config/command-schema.ts';
import { settingsOf } from '../../../src/cli/config/settings.ts';
import { loadApp } from '../../../src/cli/load-app.ts';
import { resolveConfig } from '../../../src/runtime/config.ts';

const settings = settingsOf(commandSchema([await loadApp('claimx'), await loadApp('xact')]));
const setting = (path: string) => settings.find((found) => found.path.join('.') === path);

describe('the schema of settings', () => {
  it('has a meaning for every setting', () => {
    expect(settings.length).toBeGreaterThan(100);
    expect(settings.filter(({ description }) => description === '').map(({ path }) => path.join('.'))).toEqual([]);
  });

  it('says the defaults that the runtime has', () => {
    const defaults = resolveConfig({ applicationId: 'a', kafka: { brokers: [] } }) as unknown as Record<
      string,
      unknown
    >;
    const streams = settings.filter(({ path }) => path[0] === 'streams');
    expect(streams.length).toBeGreaterThan(30);
    for (const { path, default: said } of streams) {
      const [, key = ''] = path;
      if (key !== 'stateDir') expect({ key, default: said }).toEqual({ key, default: defaults[key] });
    }
  });

  it('joins what several variants have', () => {
    expect(setting('azure.credential')?.values).toEqual([
      'default',
      'cli',
      'service-principal',
      'managed-identity',
      'account-key',
    ]);
    expect(setting('kafka.sasl.mechanism')?.values).toEqual(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer']);
    expect(setting('kafka.tls')?.types).toEqual(['boolean']);
    expect(setting('kafka.tls.ca')?.types).toEqual(['text']);
  });

  it('knows the types and defaults of the sections of applications', () => {
    expect(setting('apps.claimx.api.maxConcurrent')).toMatchObject({ types: ['number'], default: 20 });
    expect(setting('apps.claimx.retry.enrichmentDelaysMs')).toMatchObject({
      types: ['list'],
      default: [300_000, 600_000, 1_200_000, 2_400_000],
    });
    expect(setting('apps.xact.eventhouse.columns')).toMatchObject({ types: ['map'], default: {} });
  });
});
