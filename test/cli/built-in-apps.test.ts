import { describe, expect, it } from 'vitest';

import { Health } from '../../src/observe/health.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import { createMetricsRegistry } from '../../src/observe/metrics.ts';
import { azureAccess } from '../../src/cli/azure-access.ts';
import { buildStages, stagePlans } from '../../src/cli/build-stages.ts';
import { BUILT_IN_APPS, STAGE_COMMANDS } from '../../src/cli/built-in-apps.ts';
import { describeApp } from '../../src/cli/describe-app.ts';
import { loadApp, selectStages } from '../../src/cli/load-app.ts';
import { renderAppMermaid } from '../../src/topology/render/mermaid.ts';

async function build(name: string) {
  const app = await loadApp(name);
  const stages = await buildStages(app, app.stages, {
    section: {},
    logger: silentLogger,
    metrics: createMetricsRegistry(),
    health: new Health(),
    access: azureAccess(),
  });
  return { app, stages };
}

// A change of these files is a change of an application's topics, stores or tasks: read it as one, in the review.
describe.each(Object.keys(BUILT_IN_APPS))('%s', (name) => {
  it('is described as the golden file has it', async () => {
    const { app, stages } = await build(name);
    await expect(describeApp(app, stages)).toMatchFileSnapshot(`../golden/${name}/describe.txt`);
    for (const stage of stages) await stage.close();
  });

  it('is drawn as the golden file has it', async () => {
    const { stages } = await build(name);
    const picture = renderAppMermaid(stagePlans(stages), { title: name });
    await expect(picture).toMatchFileSnapshot(`../golden/${name}/topology.mmd`);
    for (const stage of stages) await stage.close();
  });

  it('has a command for each of its stages', async () => {
    const { stages } = await loadApp(name);
    const commands = STAGE_COMMANDS.filter(({ app }) => app === name);
    expect(commands.map(({ stage }) => stage)).toEqual(stages.map((stage) => stage.name));
  });
});

describe('the commands of stages', () => {
  it('are those that operators know', () => {
    expect(STAGE_COMMANDS.map(({ command }) => command)).toEqual([
      'claimx-ingester',
      'claimx-enricher',
      'claimx-downloader',
      'claimx-uploader',
      'claimx-result-processor',
      'xact-event-ingester',
      'xact-download',
      'xact-upload',
      'xact-result-processor',
    ]);
  });

  it('serve health on ports of their own', async () => {
    const ports = await Promise.all(
      STAGE_COMMANDS.map(async ({ command, app, stage }) => {
        const [found] = selectStages(await loadApp(app), [stage]);
        return [command, found?.healthPort] as const;
      }),
    );
    expect(Object.fromEntries(ports)).toEqual({
      'claimx-enricher': 8081,
      'claimx-downloader': 8082,
      'claimx-uploader': 8083,
      'claimx-ingester': 8084,
      'claimx-result-processor': 8085,
      'xact-download': 8092,
      'xact-upload': 8093,
      'xact-event-ingester': 8094,
      'xact-result-processor': 8095,
    });
  });
});
