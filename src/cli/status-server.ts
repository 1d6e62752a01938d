import { StreamsError } from '../core/errors.ts';
import { startObserveServer, type ObserveServer, type ObserveServerOptions } from '../observe/http-server.ts';
import type { Logger } from '../observe/logger.ts';
import type { Stage } from '../runtime/define-app.ts';
import type { CommandConfig } from './config/schema.ts';

/** Of a process with several stages, or with a stage that has no port of its own. */
export const DEFAULT_PORT = 8080;

export interface StatusServerOptions extends Omit<ObserveServerOptions, 'host' | 'port'> {
  /** Where it is without a configured port (default 8080). */
  readonly defaultPort?: number;
}

/**
 * The server of the status page: on the configured port, or else on the default one, or on any free one when another
 * program has that.
 *
 * @throws CONFIG_INVALID when the configured port cannot be had
 */
export async function startStatusServer(
  { host, port }: Pick<CommandConfig['health'], 'host' | 'port'>,
  { defaultPort = DEFAULT_PORT, ...options }: StatusServerOptions,
  logger: Logger,
): Promise<ObserveServer> {
  try {
    return await startObserveServer({ ...options, host, port: port ?? defaultPort });
  } catch (error) {
    if (port !== undefined || !isTaken(error)) throw error;
  }
  const server = await startObserveServer({ ...options, host, port: 0 });
  logger.warn(`port ${defaultPort} is taken, so the page is at ${server.url} (--port chooses another)`);
  return server;
}

/** A stage that runs alone has a port of its own, so that the processes of one machine do not meet; several share one. */
export function defaultPortOf(stages: readonly Pick<Stage, 'healthPort'>[]): number {
  const [only, ...others] = stages;
  return (others.length === 0 ? only?.healthPort : undefined) ?? DEFAULT_PORT;
}

function isTaken(error: unknown): boolean {
  const cause = error instanceof StreamsError ? error.cause : null;
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
}
