import { fencedCode, handle, type WireApi } from './wire-api.ts';

export const addOffsetsToTxn: WireApi = {
  apiKey: 25,
  minVersion: 0,
  maxVersion: 2,
  flexibleFrom: 3,
  serve(call) {
    const { reader, version } = call;
    const request = {
      transactionalId: reader.string(),
      producerId: reader.int64(),
      producerEpoch: reader.int16(),
      groupId: reader.string(),
    };
    return handle(
      call,
      'AddOffsetsToTxn',
      request,
      (error) => ({ error }),
      (response, writer) => {
        writer.int32(0).int16(fencedCode(response.error, version));
      },
    );
  },
};
