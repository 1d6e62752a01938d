import { NO_HEADERS, type Headers } from '../../src/core/record.ts';
import type { Compression } from '../../src/kafka/client.ts';
import { BatchCursor } from '../../src/kafka/wire/record-batch-reader.ts';
import { BatchBuilder } from '../../src/kafka/wire/record-batch-writer.ts';
import type { AbortedTransaction } from '../../src/embedded/protocol/records.ts';

export interface BatchFields {
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly transactional?: boolean;
  readonly compression?: Compression;
  readonly timestamp?: number;
  readonly headers?: Headers;
}

/** A record batch of `[key, value]` pairs, one ms apart. */
export function batchOf(
  records: readonly (readonly [string | null, string | null])[],
  fields: BatchFields = {},
): Buffer {
  const { timestamp = 1_000, headers = NO_HEADERS, ...options } = fields;
  const builder = new BatchBuilder(options);
  records.forEach(([key, value], i) => {
    builder.append(bytes(key), bytes(value), timestamp + i, headers);
  });
  return builder.build();
}

/** `offset:key=value` of each record in a run of batches. */
export function textsOf(run: Buffer, aborted: readonly AbortedTransaction[] = [], from = 0): string[] {
  const cursor = new BatchCursor(run, { from, aborted });
  const texts: string[] = [];
  while (cursor.next()) {
    texts.push(`${cursor.offset}:${cursor.key()?.toString() ?? 'null'}=${cursor.value()?.toString() ?? 'null'}`);
  }
  return texts;
}

function bytes(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text);
}
