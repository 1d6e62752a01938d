import type { Headers } from '../core/record.ts';
import type { FetchedChunk } from '../kafka/client.ts';

export interface MemoryRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
}

/** One record as a fetcher would deliver it. */
export function memoryChunk(topic: string, partition: number, record: MemoryRecord): FetchedChunk {
  let at = -1;
  return {
    topic,
    partition,
    records: {
      next: () => ++at === 0,
      offset: record.offset,
      timestamp: record.timestamp,
      key: () => record.key,
      value: () => record.value,
      headers: () => record.headers,
    },
    nextOffset: record.offset + 1,
    endOffset: record.offset + 1,
    logStartOffset: 0,
    bytes: 0,
    error: null,
  };
}
