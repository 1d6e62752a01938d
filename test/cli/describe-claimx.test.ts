import { describe, expect, it } from 'vitest';

import { Health } from '../../src/observe/health.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import { createMetricsRegistry } from '../../src/observe/metrics.ts';
import { azureAccess } from '../../src/cli/azure-access.ts';
import { buildStages, stagePlans } from '../../src/cli/build-stages.ts';
import { describeApp } from '../../src/cli/describe-app.ts';
import { loadApp } from '../../src/cli/load-app.ts';
import { renderAppMermaid } from '../../src/topology/render/mermaid.ts';

async function claimx() {
  const app = await loadApp('claimx');
  const stages = await buildStages(app, app.stages, {
    section: {},
    logger: silentLogger,
    metrics: createMetricsRegistry(),
    health: new Health(),
    access: azureAccess(),
  });
  return { app, stages };
}

// A change of these files is a change of claimx's topics, stores or tasks: read it as one, in the review.
describe('claimx', () => {
  it('is described as the golden file has it', async () => {
    const { app, stages } = await claimx();
    await expect(describeApp(app, stages)).toMatchFileSnapshot('../golden/claimx/describe.txt');
    for (const stage of stages) await stage.close();
  });

  it('is drawn as the golden file has it', async () => {
    const { stages } = await claimx();
    const picture = renderAppMermaid(stagePlans(stages), { title: 'claimx' });
    await expect(picture).toMatchFileSnapshot('../golden/claimx/topology.mmd');
    for (const stage of stages) await stage.close();
  });
});
