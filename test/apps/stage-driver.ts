import { systemClock } from '../../src/core/clock.ts';
import type { Serde } from '../../src/core/serde.ts';
import { EmbeddedRegistry } from '../../src/embedded/registry.ts';
import type { AppDefinition } from '../../src/runtime/define-app.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import { createMetricsRegistry, type MetricsRegistry } from '../../src/observe/metrics.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { openLake } from '../../src/sinks/lake/open-lake.ts';
import { TopologyTestDriver } from '../../src/testing/topology-test-driver.ts';
import type { Topology } from '../../src/topology/topology.ts';

/** A stage of an application as it would build it. */
export function buildStage<C>(
  app: AppDefinition<C>,
  name: string,
  section: unknown = {},
): { topology: Topology; metrics: MetricsRegistry; close: () => Promise<void> } {
  const stage = app.stages.find((stage) => stage.name === name);
  if (stage === undefined) throw new Error(`${app.name} has no stage ${name}`);
  if (app.parseConfig === undefined) throw new Error(`${app.name} has no configuration`);
  const closers: (() => Promise<void> | void)[] = [];
  const metrics = createMetricsRegistry();
  const topology = stage.topology({
    config: app.parseConfig(section),
    logger: silentLogger,
    metrics,
    clock: systemClock,
    openLake: (uri) => openLake(uri),
    azure: { getToken: () => Promise.reject(new Error('no tokens in tests')) },
    onClose: (close) => closers.push(close),
    readiness: () => undefined,
  });
  return {
    topology,
    metrics,
    close: async () => {
      for (const close of closers.reverse()) await close();
    },
  };
}

/** A stage in a test driver, with a registry of its own. */
export async function driveStage<C>(app: AppDefinition<C>, name: string, section: unknown = {}) {
  const { topology, metrics, close } = buildStage(app, name, section);
  const registry = new EmbeddedRegistry();
  const driver = await TopologyTestDriver.create(topology, { registry, partitions: 2, startMs: Date.now() });
  const prepare = async <T>(topic: string, value: Serde<T>): Promise<{ key: Serde<string>; value: Serde<T> }> => {
    const use = { topic, role: 'value', direction: 'both', registry } as const;
    return { key: serdes.string, value: (await value.prepare?.(use)) ?? value };
  };
  return {
    driver,
    metrics,
    input: async <T>(topic: string, value: Serde<T>) => driver.createInputTopic(topic, await prepare(topic, value)),
    output: async <T>(topic: string, value: Serde<T>) => driver.createOutputTopic(topic, await prepare(topic, value)),
    close: async () => {
      await driver.close();
      await close();
    },
  };
}
