import { StreamsError } from '../core/errors.ts';
import { startObserveServer, type ObserveServer, type ObserveServerOptions } from '../observe/http-server.ts';
import type { Logger } from '../observe/logger.ts';
import type { CommandConfig } from './config/schema.ts';

export const DEFAULT_PORT = 8080;

/**
 * The server of the status page: on the configured port, or else on 8080, or on any free one when another program has
 * that.
 *
 * @throws CONFIG_INVALID when the configured port cannot be had
 */
export async function startStatusServer(
  { host, port }: Pick<CommandConfig['health'], 'host' | 'port'>,
  options: Omit<ObserveServerOptions, 'host' | 'port'>,
  logger: Logger,
): Promise<ObserveServer> {
  try {
    return await startObserveServer({ ...options, host, port: port ?? DEFAULT_PORT });
  } catch (error) {
    if (port !== undefined || !isTaken(error)) throw error;
  }
  const server = await startObserveServer({ ...options, host, port: 0 });
  logger.warn(`port ${DEFAULT_PORT} is taken, so the page is at ${server.url} (--port chooses another)`);
  return server;
}

function isTaken(error: unknown): boolean {
  const cause = error instanceof StreamsError ? error.cause : null;
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
}
