import type { WireRequest } from '../request.ts';

export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export interface InitProducerIdAnswer extends ProducerIdentity {
  readonly errorCode: number;
}

/** InitProducerId v1. With a transactional id: raises its epoch, which fences older producers and aborts what they left open. */
export function initProducerId(
  transactionalId: string | null,
  transactionTimeoutMs: number,
): WireRequest<InitProducerIdAnswer> {
  return {
    apiKey: 22,
    apiName: 'InitProducerId',
    versions: [1],
    flexibleFrom: 2,
    write: (writer) => writer.string(transactionalId).int32(transactionTimeoutMs),
    read: (reader) => {
      reader.int32();
      return { errorCode: reader.int16(), producerId: reader.int64(), producerEpoch: reader.int16() };
    },
  };
}
