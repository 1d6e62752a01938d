import { describe, expect, it } from 'vitest';

import { joinApps, withJoinedSection } from '../../src/cli/join-apps.ts';
import { configOf } from '../../src/cli/flags.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import { Health } from '../../src/observe/health.ts';
import { createMetricsRegistry } from '../../src/observe/metrics.ts';
import { azureAccess } from '../../src/cli/azure-access.ts';
import { buildStages } from '../../src/cli/build-stages.ts';
import type { AppDefinition, SampleEnvironment } from '../../src/runtime/define-app.ts';
import { twoStages, type FixtureLog } from './app-fixture.ts';

/** The fixture under another name, with application ids of its own. */
function second(log: FixtureLog, sample: Parameters<typeof twoStages>[1] = {}): AppDefinition {
  const app = twoStages(log, sample);
  const stages = app.stages.map((stage) => ({ ...stage, applicationId: `other-${stage.applicationId}` }));
  return { ...app, name: 'others', stages };
}

const environment = { events: 5, seed: 1, clock: systemClock, logger: silentLogger } as SampleEnvironment;

describe('applications in one process', () => {
  it('are one application as it is, where there is only one', () => {
    const app = twoStages({ events: [] });
    expect(joinApps([app])).toBe(app);
  });

  it('keep their application ids, under names that say whose stage it is', () => {
    const log = { events: [] };
    const { name, stages } = joinApps([twoStages(log), second(log)]);
    expect(name).toBe('words+others');
    expect(stages.map((stage) => [stage.name, stage.applicationId])).toEqual([
      ['words-count', 'word-count'],
      ['words-alert', 'alert'],
      ['others-count', 'other-word-count'],
      ['others-alert', 'other-alert'],
    ]);
  });

  it('each see their own section of the configuration', async () => {
    const log: FixtureLog = { events: [] };
    const app = joinApps([twoStages(log), second(log)]);
    const file = { ...(await configOf({}, {})), apps: { words: { a: 1 }, others: { b: 2 }, more: {} } };
    const section = withJoinedSection(file, app, ['words', 'others']).apps[app.name];
    const stages = await buildStages(app, app.stages, {
      section,
      logger: silentLogger,
      metrics: createMetricsRegistry(),
      health: new Health(),
      access: azureAccess(),
    });
    expect(log.events).toEqual(['count built with {"a":1}', 'count built with {"b":2}']);
    for (const stage of stages) await stage.close();
  });

  it('are refused when two have the same application id', () => {
    const log = { events: [] };
    expect(() => joinApps([twoStages(log), twoStages(log)])).toThrowError(
      expect.objectContaining({ code: 'APP_INVALID', message: expect.stringContaining('"word-count"') }),
    );
  });

  it('have one sample of both, which is complete when both are', async () => {
    const log: FixtureLog = { events: [] };
    const summary = async () => ({ lines: ['a letter is missing'], complete: false });
    const expected = { tables: { letters: 3 } };
    const app = joinApps([twoStages(log), second(log, { summary, expected })]);
    const sample = await app.sample?.(environment);
    expect(sample?.config).toEqual({ words: { from: 'sample' }, others: { from: 'sample' } });
    expect(sample?.expected).toEqual({ tables: { words: 5, letters: 3 } });
    await sample?.produce();
    expect(await sample?.summary()).toEqual({
      lines: ['all words are counted', 'a letter is missing'],
      complete: false,
    });
    await sample?.close();
    expect(log.events.slice(-2)).toEqual(['sample closed', 'sample closed']);
  });

  it('close the sample of the first when that of the second cannot be opened', async () => {
    const log: FixtureLog = { events: [] };
    const broken = { ...second(log), sample: () => Promise.reject(new Error('no port')) };
    await expect(joinApps([twoStages(log), broken]).sample?.(environment)).rejects.toThrow('no port');
    expect(log.events.at(-1)).toBe('sample closed');
  });
});
