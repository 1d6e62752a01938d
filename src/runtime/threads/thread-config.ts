import { systemClock } from '../../core/clock.ts';
import { StreamsError } from '../../core/errors.ts';
import type { KafkaOptions } from '../../kafka/options.ts';
import { type ResolvedConfig, resolveConfig, type StreamsConfig } from '../config.ts';
import type { ThreadContext } from './thread-module.ts';
import { isPlain } from './is-plain.ts';

/** A configuration on its way to another thread: what can go, and the names of what cannot. */
export interface ConfigMessage {
  readonly data: Readonly<Record<string, unknown>>;
  /** Settings that hold functions: the module has to give them. */
  readonly missing: readonly string[];
}

/** Of no use to a thread, or given to it in another way. */
const LEFT_OUT = new Set(['logger', 'metrics', 'uncaughtExceptionHandler', 'module', 'numStreamThreads']);

export function writeConfig(config: ResolvedConfig): ConfigMessage {
  const data: Record<string, unknown> = {};
  const missing: string[] = [];
  for (const [name, value] of Object.entries(config)) {
    if (LEFT_OUT.has(name) || value === undefined || value === null || value === systemClock) continue;
    const plain = name === 'kafka' ? kafkaOptions(config) : name === 'applicationServer' ? addressOf(config) : value;
    if (plain === undefined) continue;
    if (plain !== null && isPlain(plain)) data[name] = plain;
    else missing.push(name);
  }
  return { data, missing };
}

/** @throws CONFIG_INVALID naming what neither the application nor the module gives */
export function readConfig(
  { data, missing }: ConfigMessage,
  own: Partial<StreamsConfig>,
  { logger, metrics }: Pick<ThreadContext, 'logger' | 'metrics'>,
): ResolvedConfig {
  const given = own as Readonly<Record<string, unknown>>;
  const lost = missing.filter((name) => given[name] === undefined || given[name] === null);
  if (lost.length > 0) {
    const remote = lost.includes('kafka') ? ' For a client that was made beforehand, kafka.remote will do too.' : '';
    throw new StreamsError(
      'CONFIG_INVALID',
      `${lost.join(', ')} cannot go to a worker thread, since functions do not cross threads: let the module’s function answer { topology, config: { ${lost.join(', ')} } }.${remote}`,
    );
  }
  const applicationId = String(data['applicationId']);
  return resolveConfig({ ...data, ...own, applicationId, logger, metrics } as StreamsConfig);
}

function kafkaOptions({ kafka }: ResolvedConfig): KafkaOptions | null {
  return 'client' in kafka ? (kafka.remote ?? null) : kafka;
}

/** As it is known when the thread starts. */
function addressOf({ applicationServer }: ResolvedConfig): string | undefined {
  return (typeof applicationServer === 'function' ? applicationServer() : applicationServer) ?? undefined;
}
