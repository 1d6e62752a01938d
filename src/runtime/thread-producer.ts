import type { KafkaClient, Producer } from '../kafka/client.ts';
import type { ResolvedConfig } from './config.ts';

export interface ThreadProducerOptions {
  readonly client: KafkaClient;
  readonly config: ResolvedConfig;
  readonly processId: string;
  /** Which thread of the process it is for, from 1. */
  readonly index: number;
}

/** The one producer of a thread; under exactly once transactional, under an id that a restarted process has again. */
export function threadProducer({ client, config, processId, index }: ThreadProducerOptions): Producer {
  const transaction = {
    transactionalId: `${config.applicationId}-${processId}-${index}`,
    transactionTimeoutMs: config.transactionTimeoutMs,
  };
  return client.producer({
    lingerMs: config.lingerMs,
    compression: config.compression,
    ...(config.processingGuarantee === 'exactly_once_v2' ? transaction : {}),
  });
}
