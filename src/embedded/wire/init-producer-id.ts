import { errorCode, handle, type WireApi } from './wire-api.ts';

export const initProducerId: WireApi = {
  apiKey: 22,
  minVersion: 0,
  maxVersion: 1,
  flexibleFrom: 2,
  serve(call) {
    const { reader } = call;
    const request = {
      transactionalId: reader.nullableString(),
      transactionTimeoutMs: reader.int32(),
      producerId: -1,
      producerEpoch: -1,
    };
    return handle(
      call,
      'InitProducerId',
      request,
      (error) => ({ error, producerId: -1, producerEpoch: -1 }),
      (response, writer) => {
        writer.int32(0).int16(errorCode(response.error)).int64(response.producerId).int16(response.producerEpoch);
      },
    );
  },
};
