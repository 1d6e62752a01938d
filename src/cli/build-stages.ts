import { StreamsError, messageOf } from '../core/errors.ts';
import { systemClock } from '../core/clock.ts';
import type { Logger } from '../observe/logger.ts';
import type { MetricsRegistry } from '../observe/metrics.ts';
import type { AppDefinition, ReadinessAnswer, Stage, StageContext } from '../runtime/define-app.ts';
import type { StagePlan } from '../topology/render/picture.ts';
import type { Topology } from '../topology/topology.ts';
import type { AzureAccess } from './azure-access.ts';

/** Where stages add conditions of readiness. */
export interface StageHealth {
  /** Answers what takes it away again, where that can be. */
  readiness(name: string, check: () => ReadinessAnswer): (() => void) | void;
}

export interface StageSurroundings {
  /** The application's section of the configuration, not yet checked. */
  readonly section: unknown;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
  readonly health: StageHealth;
  readonly access: AzureAccess;
}

/** A stage with its topology built, ready to run or to be drawn. */
export interface BuiltStage {
  readonly stage: Stage;
  readonly topology: Topology;
  /** Runs what the stage asked to be run at its end, newest first; each failure is logged, none stops the rest. */
  close(): Promise<void>;
}

/** @throws CONFIG_INVALID from the application's own check, TOPOLOGY_INVALID, APP_INVALID when its code throws */
export async function buildStages(
  app: AppDefinition,
  stages: readonly Stage[],
  surroundings: StageSurroundings,
): Promise<BuiltStage[]> {
  const config = app.parseConfig ? app.parseConfig(surroundings.section ?? {}) : (surroundings.section ?? {});
  const built: BuiltStage[] = [];
  try {
    for (const stage of stages) built.push(buildStage(app, stage, config, surroundings));
    return built;
  } catch (error) {
    for (const stage of built) await stage.close();
    throw error;
  }
}

function buildStage(app: AppDefinition, stage: Stage, config: unknown, surroundings: StageSurroundings): BuiltStage {
  const { context, close } = openContext(stage.name, config, surroundings);
  const topology = stageTopology(app, stage, () => stage.topology(context));
  return { stage, topology, close };
}

/** What a stage or a source is built from, and what runs the closers that it left there. */
export function openContext<C>(
  name: string,
  config: C,
  surroundings: Omit<StageSurroundings, 'section'>,
): { readonly context: StageContext<C>; readonly close: () => Promise<void> } {
  const { health, metrics, access } = surroundings;
  const logger = surroundings.logger.child({ stage: name });
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) {
      try {
        await closer();
      } catch (error) {
        logger.warn({ err: error }, 'a part of the stage did not close');
      }
    }
  };
  const context = {
    config,
    logger,
    metrics,
    clock: systemClock,
    ...access,
    onClose: (closer: () => Promise<void> | void) => void closers.push(closer),
    readiness: (condition: string, check: () => ReadinessAnswer) => {
      const remove = health.readiness(`${name}: ${condition}`, check);
      if (remove) closers.push(remove);
    },
  };
  return { context, close };
}

function stageTopology(app: AppDefinition, stage: Stage, build: () => Topology): Topology {
  try {
    return build();
  } catch (error) {
    if (error instanceof Error && error.name === 'StreamsError') throw error;
    const message = `stage "${stage.name}" of ${app.name} could not be built: ${messageOf(error)}`;
    throw new StreamsError('APP_INVALID', message, { cause: error });
  }
}

export function stagePlans(stages: readonly BuiltStage[]): StagePlan[] {
  return stages.map(({ stage, topology }) => ({
    name: stage.name,
    applicationId: stage.applicationId,
    ...(stage.description === undefined ? {} : { description: stage.description }),
    plan: topology.plan,
  }));
}
