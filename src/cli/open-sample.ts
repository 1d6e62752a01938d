import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from '../core/clock.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { Logger } from '../observe/logger.ts';
import type { AppDefinition, Sample, SampleFaults } from '../runtime/define-app.ts';
import type { Cluster } from './cluster.ts';

/** How many sample events, from which seed. */
export interface SampleSize {
  readonly events: number;
  readonly seed: number;
  /** See {@link SampleFaults}. */
  readonly faults?: SampleFaults;
}

export interface SampleSurroundings {
  readonly cluster: Cluster;
  readonly client: KafkaClient;
  readonly logger: Logger;
  readonly dataDir: string;
  readonly size: SampleSize;
}

/**
 * Starts the application's simulated services, makes its topics, and writes what the run should leave to
 * `expected.json`, before anything is sent. null when the application has no sample.
 */
export async function openSample(app: AppDefinition, surroundings: SampleSurroundings): Promise<Sample | null> {
  const { cluster, client, logger, dataDir, size } = surroundings;
  if (!app.sample) return null;
  const environment = { client, registry: cluster.registry, logger, clock: systemClock, dataDir, ...size };
  const sample = await app.sample(environment);
  try {
    await client.admin.createTopics(sample.topics);
    await writeFile(join(dataDir, 'expected.json'), `${JSON.stringify(sample.expected, null, 2)}\n`);
    return sample;
  } catch (error) {
    await sample.close();
    throw error;
  }
}
