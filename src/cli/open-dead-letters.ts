import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { systemClock } from '../core/clock.ts';
import { StreamsError } from '../core/errors.ts';
import { DeadLetters } from '../runtime/dead-letters/dead-letters.ts';
import { stagePlans } from './build-stages.ts';
import type { CommandConfig } from './config/schema.ts';
import { hasEmbeddedRun } from './data-dir.ts';
import type { DeadLetterFlags } from './dead-letter-flags.ts';
import { configOf } from './flags.ts';
import { loadApp } from './load-app.ts';
import { deadLetterTopics } from './outer-topics.ts';
import type { CommandSurroundings } from './program.ts';
import { withStages } from './stages-for-look.ts';

export interface OpenDeadLetters {
  readonly letters: DeadLetters;
  readonly app: string;
  readonly config: CommandConfig;
}

/** Opens the dead letters that the flags name, for one command. @throws CONFIG_INVALID for a topic that is not of these */
export async function withDeadLetters(
  flags: DeadLetterFlags,
  { environment, folder, openCluster }: CommandSurroundings,
  use: (opened: OpenDeadLetters) => Promise<void>,
): Promise<void> {
  const config = await configOf(flags, environment);
  await refuseEmbedded(config, folder);
  const app = await loadApp(flags.app, folder);
  const section = config.apps[app.name] ?? {};
  const sources = app.deadLetters?.(app.parseConfig ? app.parseConfig(section) : section) ?? [];
  await withStages({ app: flags.app, stages: flags.stage ?? [], folder, config }, async (stages) => {
    const plans = stagePlans(stages);
    const ofRuntime = stages.flatMap(
      ({ stage }) => config.streams.deadLetterTopic ?? stage.streams?.deadLetterTopic ?? [],
    );
    const ofApp = flags.stage === undefined ? sources.map(({ topic }) => topic) : [];
    const topics = selectTopics([...new Set([...deadLetterTopics(plans), ...ofApp, ...ofRuntime])], flags.topic);
    const cluster = await openCluster(config, false);
    try {
      const client = await cluster.client('topology-dlq');
      const letters = new DeadLetters({
        client,
        registry: cluster.registry,
        clock: systemClock,
        group: `${config.applicationIdPrefix}${app.name}-dlq-cli`,
        topics,
        sources,
        plans: plans.map(({ plan }) => plan),
      });
      await use({ letters, app: app.name, config });
    } finally {
      await cluster.close();
    }
  });
}

function selectTopics(topics: readonly string[], named: readonly string[] | undefined): readonly string[] {
  const wrong = named?.find((topic) => !topics.includes(topic));
  if (wrong !== undefined) {
    throw new StreamsError(
      'CONFIG_INVALID',
      `--topic: ${wrong} is none of ${topics.join(', ') || 'the topics, of which there are none'}`,
    );
  }
  return named ?? topics;
}

/** Without a cluster the last run may have been an embedded one: its dead letters ended with it. */
async function refuseEmbedded(config: CommandConfig, folder: string): Promise<void> {
  const dataDir = resolve(folder, config.dataDir);
  if (config.kafka || !existsSync(dataDir) || !(await hasEmbeddedRun(dataDir))) return;
  throw new StreamsError(
    'CONFIG_INVALID',
    `the last run in ${dataDir} was an embedded one, whose dead letters are gone with its broker: give --brokers for those of a cluster`,
  );
}
