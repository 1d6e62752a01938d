import { z } from 'zod';

import type { AppDefinition } from '../../runtime/define-app.ts';
import { configSchema } from './schema.ts';
import type { JsonSchema } from './settings.ts';

/** The schema of a file of settings, with the sections of the given applications where they have told theirs. */
export function commandSchema(apps: readonly Pick<AppDefinition, 'name' | 'configSchema'>[]): JsonSchema {
  const schema = z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema;
  const sections = apps.flatMap(({ name, configSchema: own }) => (own ? [[name, own() as JsonSchema] as const] : []));
  const properties = { ...schema.properties };
  properties['apps'] = { ...properties['apps'], properties: Object.fromEntries(sections) };
  return { ...schema, properties };
}
