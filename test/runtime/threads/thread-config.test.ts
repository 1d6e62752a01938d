import { describe, expect, it } from 'vitest';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import { silentLogger } from '../../../src/observe/logger.ts';
import { createMetricsRegistry } from '../../../src/observe/metrics.ts';
import { resolveConfig, type StreamsConfig } from '../../../src/runtime/config.ts';
import { readConfig, writeConfig } from '../../../src/runtime/threads/thread-config.ts';

const client = { connect: () => Promise.resolve() } as unknown as KafkaClient;
const surroundings = { logger: silentLogger, metrics: createMetricsRegistry() };
const base: StreamsConfig = { applicationId: 'app', kafka: { brokers: ['a:1'] } };
const pass = (config: StreamsConfig, own: Partial<StreamsConfig> = {}) =>
  readConfig(structuredClone(writeConfig(resolveConfig(config))), own, surroundings);

describe('a configuration on its way to a worker thread', () => {
  it('keeps what is plain data', () => {
    const config = pass({ ...base, commitIntervalMs: 7, processingHandler: 'continue', stateDir: '/tmp/x' });
    expect(config).toMatchObject({ ...base, commitIntervalMs: 7, processingHandler: 'continue', stateDir: '/tmp/x' });
    expect(config.numStreamThreads).toBe(1);
  });

  it('names each function that does not go, and says who has to give it', () => {
    const config: StreamsConfig = { ...base, kafka: { client }, processingHandler: () => 'continue' };
    expect(() => pass(config)).toThrow(/kafka cannot go .*module.*kafka\.remote/);
    const token = () => Promise.resolve({ value: 'secret' });
    const kafka = { brokers: ['a:1'], sasl: { mechanism: 'oauthbearer' as const, token } };
    expect(() => pass({ ...base, kafka })).toThrow(/kafka cannot go/);
  });

  it('takes functions from the module', () => {
    const processingHandler = () => 'continue' as const;
    const config = pass({ ...base, kafka: { client }, processingHandler }, { processingHandler, kafka: base.kafka });
    expect(config.processingHandler).toBe(processingHandler);
    expect(config.kafka).toBe(base.kafka);
  });

  it('reaches the cluster of a ready client by its remote address', () => {
    expect(pass({ ...base, kafka: { client, remote: { brokers: ['b:2'] } } }).kafka).toEqual({ brokers: ['b:2'] });
  });

  it('refuses more threads without a module', () => {
    expect(() => resolveConfig({ ...base, numStreamThreads: 2 })).toThrow(/module/);
    expect(() => resolveConfig({ ...base, numStreamThreads: 0 })).toThrow(/numStreamThreads/);
  });
});
