import { StreamsError } from '../core/errors.ts';
import type { AppDefinition, Sample, SampleEnvironment, Stage, StageContext } from '../runtime/define-app.ts';
import { mergeValues } from './config/layer.ts';
import type { CommandConfig } from './config/schema.ts';
import { loadApp } from './load-app.ts';

/** The application of that name; of several names one that has the stages of all. @throws APP_INVALID, see {@link joinApps} */
export async function loadApps(names: readonly string[], folder?: string): Promise<AppDefinition> {
  return joinApps(await Promise.all(names.map((name) => loadApp(name, folder))));
}

/**
 * Several applications as one, for one process: its stages are named `<application>-<stage>`, and its configuration holds
 * that of each application under the application's name. They share nothing but the process: consumer groups, state
 * folders and metrics go by the application ids, which stay.
 *
 * @throws APP_INVALID for the same name or application id twice
 */
export function joinApps(apps: readonly AppDefinition[]): AppDefinition {
  const [first, ...others] = apps;
  if (first === undefined) throw new StreamsError('APP_INVALID', 'no application is named');
  if (others.length === 0) return first;
  const ids = apps.flatMap((app) => app.stages.map((stage) => stage.applicationId));
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) {
    throw new StreamsError('APP_INVALID', `two applications for one process have the application id "${twice}"`);
  }
  const samples = apps.filter((app) => app.sample !== undefined);
  return {
    name: apps.map((app) => app.name).join('+'),
    description: apps.map((app) => app.description).join('; '),
    parseConfig: (section) => parseEach(apps, section as Sections),
    stages: apps.flatMap((app) => app.stages.map((stage) => stageOf(app, stage))),
    ...(samples.length > 0 ? { sample: (environment) => joinSamples(samples, environment) } : {}),
  };
}

/** The configuration under which a joined application finds those of its parts. */
export function withJoinedSection(config: CommandConfig, app: AppDefinition, parts: readonly string[]): CommandConfig {
  if (parts.length < 2) return config;
  return { ...config, apps: { ...config.apps, [app.name]: config.apps } };
}

type Sections = Readonly<Record<string, unknown>>;

function parseEach(apps: readonly AppDefinition[], sections: Sections): Sections {
  const parsed = apps.map(({ name, parseConfig }) => {
    const section = sections[name] ?? {};
    return [name, parseConfig ? parseConfig(section) : section] as const;
  });
  return Object.fromEntries(parsed);
}

function stageOf(app: AppDefinition, stage: Stage): Stage {
  const topology = (context: StageContext<unknown>) =>
    stage.topology({ ...context, config: (context.config as Sections)[app.name] });
  return { ...stage, name: `${app.name}-${stage.name}`, topology };
}

async function joinSamples(apps: readonly AppDefinition[], environment: SampleEnvironment): Promise<Sample> {
  const samples: { readonly name: string; readonly sample: Sample }[] = [];
  const close = async (): Promise<void> => {
    for (const { sample } of samples.toReversed()) await sample.close();
  };
  try {
    for (const { name, sample } of apps) if (sample) samples.push({ name, sample: await sample(environment) });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    config: Object.fromEntries(samples.map(({ name, sample }) => [name, sample.config])),
    topics: samples.flatMap(({ sample }) => sample.topics),
    expected: samples.reduce((all, { sample }) => mergeValues(all, sample.expected as Sections), {}),
    produce: async () => {
      await Promise.all(samples.map(({ sample }) => sample.produce()));
    },
    summary: async () => {
      const parts = await Promise.all(samples.map(({ sample }) => sample.summary()));
      return { lines: parts.flatMap(({ lines }) => lines), complete: parts.every(({ complete }) => complete) };
    },
    close,
  };
}
