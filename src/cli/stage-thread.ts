import type { StreamsConfig } from '../runtime/config.ts';
import { isPlain } from '../runtime/threads/is-plain.ts';
import type { ThreadApp, ThreadContext, ThreadModule } from '../runtime/threads/thread-module.ts';
import { azureAccess } from './azure-access.ts';
import { buildStages } from './build-stages.ts';
import { configuredRegistry } from './configured-registry.ts';
import type { ClusterSettings } from './cluster.ts';
import type { CommandConfig } from './config/schema.ts';
import { kafkaOptions } from './kafka-options.ts';
import { loadApps } from './join-apps.ts';
import { selectStages } from './load-app.ts';

/** From what a worker thread builds its stage; plain data. */
export interface StageThreadData {
  /** Names or paths of applications, as given to the command, and the folder that a path is relative to. */
  readonly apps: readonly string[];
  readonly folder: string;
  readonly stage: string;
  /** The application's section of the configuration, not yet checked. */
  readonly section: unknown;
  readonly azure: CommandConfig['azure'] | null;
  readonly cluster: ClusterSettings;
}

/** Where worker threads of a stage find it. */
export function stageModule(data: StageThreadData): ThreadModule {
  const file = import.meta.url.endsWith('.ts') ? './stage-thread.ts' : './stage-thread.js';
  return { url: new URL(file, import.meta.url), export: 'stageThread', data };
}

/**
 * Builds a stage in a worker thread, from the application and its configuration. What it says of its readiness, such as the
 * state of its own circuit breaker, is part of the process' readiness.
 */
export async function stageThread({ data, logger, metrics, onClose, readiness }: ThreadContext): Promise<ThreadApp> {
  const { apps, folder, stage, section, azure, cluster } = data as StageThreadData;
  const app = await loadApps(apps, folder);
  const access = azureAccess(azure ?? undefined);
  const surroundings = { section, logger, metrics, health: { readiness }, access };
  const [built] = await buildStages(app, selectStages(app, [stage]), surroundings);
  if (!built) throw new TypeError(`${app.name} has no stage ${stage}`);
  onClose(() => built.close());
  return {
    topology: built.topology,
    config: {
      ...whatCannotCross(built.stage.streams ?? {}),
      kafka: kafkaOptions(cluster.kafka, () => access.azure),
      registry: cluster.registry ? await configuredRegistry(cluster.registry) : null,
    },
  };
}

/** Settings with functions. All others came with the thread already, as they are configured and with budgets shared out. */
function whatCannotCross(streams: Partial<StreamsConfig>): Partial<StreamsConfig> {
  return Object.fromEntries(Object.entries(streams).filter(([, value]) => !isPlain(value)));
}
