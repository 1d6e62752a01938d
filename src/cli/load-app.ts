import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { StreamsError, messageOf } from '../core/errors.ts';
import type { AppDefinition, Stage } from '../runtime/define-app.ts';
import { BUILT_IN_APPS } from './built-in-apps.ts';
import { suggestion } from './config/suggestion.ts';

/**
 * The application of that name, or of the module at that path.
 *
 * @throws APP_INVALID with one line that says what is wrong with it
 */
export async function loadApp(nameOrPath: string, folder = process.cwd()): Promise<AppDefinition> {
  const builtIn = BUILT_IN_APPS[nameOrPath];
  if (builtIn) return builtIn.load();
  if (!looksLikePath(nameOrPath)) {
    const names = Object.keys(BUILT_IN_APPS);
    const hint = suggestion(nameOrPath, names);
    const known = names.length === 0 ? 'none is built in' : `built in: ${names.join(', ')}`;
    throw invalid(
      `there is no application "${nameOrPath}"${hint} (${known}). For one of your own give the path of its module: --app ./my-app.mjs`,
    );
  }
  const path = isAbsolute(nameOrPath) ? nameOrPath : resolve(folder, nameOrPath);
  if (!existsSync(path)) throw invalid(`there is no file ${path}`);
  if (/\.[cm]?ts$/.test(path) && !nodeLoadsTypeScript()) {
    throw invalid(
      `Node ${process.version} cannot load TypeScript (${nameOrPath}): compile it first and give the .js file, or use Node 22.18 or newer`,
    );
  }
  return checked(nameOrPath, await load(nameOrPath, path));
}

/** The stages of those names, in the application's order; all of them when none is named. @throws CONFIG_INVALID */
export function selectStages(app: AppDefinition, names: readonly string[]): readonly Stage[] {
  const known = app.stages.map((stage) => stage.name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const hint = suggestion(name, known);
    throw new StreamsError('CONFIG_INVALID', `${app.name} has no stage "${name}"${hint} (it has ${known.join(', ')})`);
  }
  return names.length === 0 ? app.stages : app.stages.filter((stage) => names.includes(stage.name));
}

function looksLikePath(text: string): boolean {
  return /[\\/]|\.[cm]?[jt]s$/.test(text);
}

/** `process.features.typescript` is false, 'strip' or 'transform', and absent before Node 22.10. */
function nodeLoadsTypeScript(): boolean {
  const features = process.features as { readonly typescript?: unknown };
  return Boolean(features.typescript);
}

async function load(name: string, path: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    return module.default;
  } catch (error) {
    const [first = ''] = messageOf(error).split('\n');
    throw invalid(`${name} could not be loaded: ${first}`, error);
  }
}

function checked(name: string, value: unknown): AppDefinition {
  if (typeof value !== 'object' || value === null) {
    throw invalid(`${name} has no application as its default export: write "export default defineApp({ … })"`);
  }
  const app = value as Partial<AppDefinition>;
  if (typeof app.name !== 'string' || app.name === '') throw invalid(`the application in ${name} has no name`);
  if (!Array.isArray(app.stages) || app.stages.length === 0) throw invalid(`the application in ${name} has no stages`);
  const seen = new Set<string>();
  for (const stage of app.stages as readonly Partial<Stage>[]) {
    if (typeof stage.name !== 'string') throw invalid(`a stage of the application in ${name} has no name`);
    if (seen.has(stage.name)) throw invalid(`two stages of the application in ${name} are named "${stage.name}"`);
    seen.add(stage.name);
    if (typeof stage.applicationId !== 'string') throw invalid(`stage "${stage.name}" in ${name} has no applicationId`);
    if (typeof stage.topology !== 'function')
      throw invalid(`stage "${stage.name}" in ${name} has no topology function`);
  }
  return value as AppDefinition;
}

function invalid(message: string, cause?: unknown): StreamsError {
  return new StreamsError('APP_INVALID', message, cause === undefined ? {} : { cause });
}
