import type { Logger } from '../../observe/logger.ts';

/** What kafkajs' inner classes expect of a logger. */
export interface KafkajsLogger {
  debug(message: string, extra?: Record<string, unknown>): void;
  info(message: string, extra?: Record<string, unknown>): void;
  warn(message: string, extra?: Record<string, unknown>): void;
  error(message: string, extra?: Record<string, unknown>): void;
  namespace(name: string): KafkajsLogger;
}

/**
 * Everything kafkajs says is one level too loud (a refused connection that is retried is an error to it) and told again
 * by the error that is thrown: it goes to `debug`. Its debug messages carry whole answers and are dropped.
 */
export function kafkajsLogger(logger: Logger): KafkajsLogger {
  const pass = (message: string, extra: Record<string, unknown> = {}): void => {
    const { broker, error, code } = extra;
    logger.debug({ broker, error, code }, message);
  };
  const adapter: KafkajsLogger = { debug: () => {}, info: pass, warn: pass, error: pass, namespace: () => adapter };
  return adapter;
}
