import { join } from 'node:path';

import { Health } from '../observe/health.ts';
import { silentLogger } from '../observe/logger.ts';
import { createMetricsRegistry } from '../observe/metrics.ts';
import type { Stage } from '../runtime/define-app.ts';
import { azureAccess } from './azure-access.ts';
import { buildStages, type BuiltStage } from './build-stages.ts';
import type { CommandConfig } from './config/schema.ts';
import { loadApp, selectStages } from './load-app.ts';
import { prefixedApp } from './prefixed-app.ts';

export interface LookOptions {
  /** Name or path. */
  readonly app: string;
  readonly stages: readonly string[];
  /** Paths of modules are relative to it. */
  readonly folder: string;
  readonly config: CommandConfig;
}

/** Builds the topologies of an application for a look at them, and closes what that opened. */
export async function withStages<R>(
  { app: name, stages: names, folder, config }: LookOptions,
  look: (stages: readonly BuiltStage[]) => Promise<R>,
): Promise<R> {
  const app = prefixedApp(await loadApp(name, folder), config);
  const stages = selectStages(app, names);
  const built = await buildStages(app, stages, {
    section: config.apps[app.name],
    logger: silentLogger,
    metrics: createMetricsRegistry(),
    health: new Health(),
    access: azureAccess(config.azure),
  });
  try {
    return await look(built);
  } finally {
    for (const stage of built) await stage.close();
  }
}

/** Where a stage that the command runs keeps its state, under a folder for each application id. */
export function stateDirOf(stage: Stage, config: CommandConfig, dataDir: string): string {
  return config.streams.stateDir ?? stage.streams?.stateDir ?? join(dataDir, 'state');
}
