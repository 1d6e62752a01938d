import type { Deadlines } from './deadlines.ts';
import type { PartitionLog } from './log.ts';
import type { FetchedPartition, FetchPartition, FetchRequest, FetchResponse } from './protocol/records.ts';
import type { Topics } from './topics.ts';

const NOTHING = Buffer.alloc(0);

export interface FetchContext {
  readonly topics: Topics;
  readonly deadlines: Deadlines;
  readonly now: () => number;
}

/**
 * Answers a fetch: at once when there is enough or something is wrong; else after the append that makes it enough, or
 * when `maxWaitMs` is over. Answers what cancels the wait.
 */
export function fetch(
  context: FetchContext,
  request: FetchRequest,
  reply: (response: FetchResponse) => void,
): () => void {
  const logs = request.partitions.map(({ topic, partition }) => context.topics.log(topic, partition));
  if (request.maxWaitMs <= 0 || isEnough(request, logs)) {
    reply(readAll(context.topics, request));
    return () => {};
  }
  const end = (): void => {
    deadline.cancel();
    for (const log of logs) log?.onAdvance.delete(check);
  };
  const answer = (): void => {
    end();
    reply(readAll(context.topics, request));
  };
  const check = (): void => {
    const isGone = request.partitions.some(
      ({ topic, partition }, i) => context.topics.log(topic, partition) !== logs[i],
    );
    if (isGone || isEnough(request, logs)) answer();
  };
  const deadline = context.deadlines.schedule(context.now() + request.maxWaitMs, answer);
  for (const log of logs) log?.onAdvance.add(check);
  return end;
}

function isEnough(request: FetchRequest, logs: readonly (PartitionLog | undefined)[]): boolean {
  let missing = Math.max(1, request.minBytes);
  for (let i = 0; i < logs.length; i++) {
    const log = logs[i];
    const offset = request.partitions[i]?.fetchOffset ?? 0;
    if (!log || offset < log.logStartOffset || offset > log.highWatermark) return true;
    missing -= log.availableBytes(offset, request.isolation, missing);
    if (missing <= 0) return true;
  }
  return false;
}

/** Reads the partitions in the order asked for, until `maxBytes`; the first with records gives at least one batch, whatever its size (KIP-74). */
function readAll(topics: Topics, request: FetchRequest): FetchResponse {
  let left = request.maxBytes;
  let isEmpty = true;
  const partitions: FetchedPartition[] = [];
  for (const asked of request.partitions) {
    const log = topics.log(asked.topic, asked.partition);
    if (!log) {
      partitions.push(missing(asked));
      continue;
    }
    const read = log.read(asked.fetchOffset, Math.min(asked.maxBytes, left), request.isolation, isEmpty);
    left -= read.records.length;
    isEmpty &&= read.records.length === 0;
    partitions.push({
      topic: asked.topic,
      partition: asked.partition,
      error: read.error,
      highWatermark: log.highWatermark,
      lastStableOffset: log.lastStableOffset,
      logStartOffset: log.logStartOffset,
      abortedTransactions: read.abortedTransactions,
      records: read.records,
      nextOffset: read.nextOffset,
    });
  }
  return { partitions };
}

function missing({ topic, partition, fetchOffset }: FetchPartition): FetchedPartition {
  return {
    topic,
    partition,
    error: 'UNKNOWN_TOPIC_OR_PARTITION',
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    abortedTransactions: [],
    records: NOTHING,
    nextOffset: fetchOffset,
  };
}
