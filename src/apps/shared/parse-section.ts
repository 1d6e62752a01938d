import { z } from 'zod';
import { StreamsError } from '../../core/errors.ts';

/**
 * An application's section of the configuration, checked and with its defaults.
 *
 * @throws CONFIG_INVALID naming each wrong field, as `<app>.<field>`
 */
export function parseSection<S extends z.ZodType>(app: string, schema: S, section: unknown): z.infer<S> {
  const result = schema.safeParse(section ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${app}.${issue.path.map(String).join('.')}: ${issue.message}`);
  throw new StreamsError('CONFIG_INVALID', problems.join('; '));
}

/** The same section as JSON Schema, as it is written in a file: what has a default may be left out. */
export function sectionSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { io: 'input' });
}
