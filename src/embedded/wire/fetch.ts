import type { FetchRequest } from '../protocol/records.ts';
import { errorCode, handle, readPartitions, writePartitions, type WireApi } from './wire-api.ts';

const NOTHING = Buffer.alloc(0);

/** Fetch, without fetch sessions: every answer says session 0, so that clients send every partition each time (KIP-227). */
export const fetch: WireApi = {
  apiKey: 1,
  minVersion: 4,
  maxVersion: 11,
  flexibleFrom: 12,
  serve(call) {
    const { reader, version } = call;
    reader.int32();
    const maxWaitMs = reader.int32();
    const minBytes = reader.int32();
    const maxBytes = reader.int32();
    const isolation = reader.int8() === 1 ? 'read_committed' : 'read_uncommitted';
    if (version >= 7) {
      reader.int32();
      reader.int32();
    }
    const partitions = readPartitions(reader, (topic) => {
      const partition = reader.int32();
      if (version >= 9) reader.int32();
      const fetchOffset = reader.int64();
      if (version >= 5) reader.int64();
      return { topic, partition, fetchOffset, maxBytes: reader.int32() };
    });
    const request: FetchRequest = { isolation, maxWaitMs, minBytes, maxBytes, partitions };
    return handle(
      call,
      'Fetch',
      request,
      (error) => ({
        partitions: partitions.map(({ topic, partition, fetchOffset }) => ({
          topic,
          partition,
          error,
          highWatermark: -1,
          lastStableOffset: -1,
          logStartOffset: -1,
          abortedTransactions: [],
          records: NOTHING,
          nextOffset: fetchOffset,
        })),
      }),
      (response, writer) => {
        writer.int32(0);
        if (version >= 7) writer.int16(0).int32(0);
        writePartitions(writer, response.partitions, (at) => {
          writer.int32(at.partition).int16(errorCode(at.error)).int64(at.highWatermark).int64(at.lastStableOffset);
          if (version >= 5) writer.int64(at.logStartOffset);
          writer.array(at.abortedTransactions, ({ producerId, firstOffset }) => {
            writer.int64(producerId).int64(firstOffset);
          });
          if (version >= 11) writer.int32(-1);
          writer.bytes(at.records);
        });
      },
    );
  },
};
