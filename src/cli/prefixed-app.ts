import type { AppDefinition } from '../runtime/define-app.ts';
import type { CommandConfig } from './config/schema.ts';

/** The application with the configured prefix before each of its application ids. */
export function prefixedApp(
  app: AppDefinition,
  { applicationIdPrefix }: Pick<CommandConfig, 'applicationIdPrefix'>,
): AppDefinition {
  if (applicationIdPrefix === '') return app;
  const prefixed = <S extends { readonly applicationId: string }>(part: S): S => {
    return { ...part, applicationId: `${applicationIdPrefix}${part.applicationId}` };
  };
  const { stages, sources } = app;
  return { ...app, stages: stages.map(prefixed), ...(sources ? { sources: sources.map(prefixed) } : {}) };
}
