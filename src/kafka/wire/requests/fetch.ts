import type { PartitionOffset, TopicPartition } from '../../../core/record.ts';
import type { IsolationLevel } from '../../client.ts';
import type { AbortedTransaction } from '../record-batch-reader.ts';
import { byTopic, type ThrottledAnswer, type WireRequest } from '../request.ts';

export interface FetchQuery {
  readonly isolation: IsolationLevel;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  /** Over all partitions; the first batch found is returned even if it is larger (KIP-74). */
  readonly maxBytes: number;
  /** In the order in which the broker shall fill the answer. */
  readonly partitions: readonly FetchedFrom[];
}

export interface FetchedFrom extends PartitionOffset {
  readonly maxBytes: number;
}

export interface FetchAnswer extends ThrottledAnswer {
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

export interface FetchedPartition extends TopicPartition {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** A view of the answer: batches, the last of them possibly cut off. */
  readonly records: Buffer;
}

/** Fetch v11 without a fetch session: each request names all its partitions. */
export function fetch(query: FetchQuery): WireRequest<FetchAnswer> {
  return {
    apiKey: 1,
    apiName: 'Fetch',
    versions: [11],
    flexibleFrom: 12,
    heldMs: query.maxWaitMs,
    write: (writer) => {
      writer.int32(-1).int32(query.maxWaitMs).int32(query.minBytes).int32(query.maxBytes);
      writer.int8(query.isolation === 'read_committed' ? 1 : 0);
      writer.int32(0).int32(-1);
      writer.array(byTopic(query.partitions), ([topic, partitions]) => {
        writer.string(topic).array(partitions, ({ partition, offset, maxBytes }) => {
          writer.int32(partition).int32(-1).int64(offset).int64(-1).int32(maxBytes);
        });
      });
      writer.int32(0).string('');
    },
    read: (reader) => {
      const throttleMs = reader.int32();
      const errorCode = reader.int16();
      reader.int32();
      const partitions = reader
        .array(() => {
          const topic = reader.string();
          return reader.array((): FetchedPartition => {
            const partition = reader.int32();
            const errorCode = reader.int16();
            const highWatermark = reader.int64();
            const lastStableOffset = reader.int64();
            const logStartOffset = reader.int64();
            const aborted = reader.array(() => ({ producerId: reader.int64(), firstOffset: reader.int64() }));
            reader.int32();
            const records = reader.bytes();
            return { topic, partition, errorCode, highWatermark, lastStableOffset, logStartOffset, aborted, records };
          });
        })
        .flat();
      return { throttleMs, errorCode, partitions };
    },
  };
}
