import { fencedCode, handle, type WireApi } from './wire-api.ts';

export const endTxn: WireApi = {
  apiKey: 26,
  minVersion: 0,
  maxVersion: 2,
  flexibleFrom: 3,
  serve(call) {
    const { reader, version } = call;
    const request = {
      transactionalId: reader.string(),
      producerId: reader.int64(),
      producerEpoch: reader.int16(),
      committed: reader.boolean(),
    };
    return handle(
      call,
      'EndTxn',
      request,
      (error) => ({ error }),
      (response, writer) => {
        writer.int32(0).int16(fencedCode(response.error, version));
      },
    );
  },
};
