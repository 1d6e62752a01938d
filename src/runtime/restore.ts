import type { TopicPartition } from '../core/record.ts';
import { StreamsError } from '../core/errors.ts';
import type { FetchedChunk, Fetcher, KafkaAdmin, KafkaClient } from '../kafka/client.ts';
import type { Logger } from '../observe/logger.ts';
import type { ChangelogRecord, TaskState } from '../state/task-state.ts';

export interface RestoreTarget extends TopicPartition {
  readonly store: string;
  readonly state: TaskState;
  readonly taskId: string;
  /** Where to stop, if that is before the changelog's end (a source topic that serves as one); null: at its end. */
  readonly end: number | null;
}

export interface RestoreOptions {
  readonly client: KafkaClient;
  readonly targets: readonly RestoreTarget[];
  readonly logger: Logger;
  /** Told after each chunk. */
  readonly onProgress: (target: RestoreTarget, records: number, remaining: number) => void;
  /** Answers true when the restore is no longer wanted. */
  readonly stopped: () => boolean;
}

interface Running extends RestoreTarget {
  readonly end: number;
  position: number;
}

/** Written to disk in between, so that a crash in a long restore does not begin anew. */
const WRITE_EVERY_RECORDS = 50_000;
/** Handed over at a time, so that they are garbage before they are moved to the old generation. A divisor of the above. */
const SLICE_RECORDS = 1_000;
const POLL_MS = 500;

/**
 * Brings stores up to the end of their changelogs, from what they have on disk on. A partition is done when its position
 * has reached the end offset, whether or not the last offsets hold records: compaction and control records leave gaps.
 */
export async function restoreStores(options: RestoreOptions): Promise<void> {
  const { client, targets, logger } = options;
  if (targets.length === 0) return;
  const running = await findWork(client.admin, targets);
  if (running.size === 0) return;
  const fetcher = client.fetcher({ maxPartitionBytes: 4 << 20 });
  try {
    for (const { topic, partition, position } of running.values()) fetcher.add(topic, partition, position);
    logger.info({ changelogs: running.size, records: total(running) }, 'restoring stores from their changelogs');
    while (running.size > 0 && !options.stopped()) {
      await fetcher.arrival(POLL_MS);
      const chunks = new Map<string, FetchedChunk[]>();
      for (const chunk of fetcher.poll()) {
        const known = chunks.get(nameOf(chunk));
        if (known) known.push(chunk);
        else chunks.set(nameOf(chunk), [chunk]);
      }
      // Partitions beside each other: their databases write on threads of their own.
      await Promise.all(
        Array.from(chunks.values(), async (ofPartition) => {
          for (const chunk of ofPartition) {
            const target = running.get(nameOf(chunk));
            if (target) await apply(target, chunk, fetcher, options, running);
            fetcher.release(chunk);
          }
        }),
      );
    }
  } finally {
    await fetcher.close();
  }
}

async function findWork(admin: KafkaAdmin, targets: readonly RestoreTarget[]): Promise<Map<string, Running>> {
  const [starts, ends] = await Promise.all([
    admin.listOffsets(targets, 'earliest'),
    admin.listOffsets(targets, 'latest', 'read_committed'),
  ]);
  const startOf = new Map(starts.map((offset) => [nameOf(offset), offset.offset]));
  const endOf = new Map(ends.map((offset) => [nameOf(offset), offset.offset]));
  const running = new Map<string, Running>();
  for (const target of targets) {
    const start = startOf.get(nameOf(target)) ?? 0;
    const last = endOf.get(nameOf(target)) ?? 0;
    const end = Math.min(last, target.end ?? last);
    const known = target.state.positions.get(target.store);
    // Local state that is older than the log, or ahead of it, belongs to another past: begin at the log's start.
    const usable = known !== undefined && known >= start && known <= end;
    if (known !== undefined && !usable) await target.state.wipe(target.store);
    const position = usable ? known : start;
    if (position < end) running.set(nameOf(target), { ...target, end, position });
    else if (!usable) await target.state.restored(target.store, end);
  }
  return running;
}

async function apply(
  target: Running,
  chunk: FetchedChunk,
  fetcher: Fetcher,
  options: RestoreOptions,
  running: Map<string, Running>,
): Promise<void> {
  if (chunk.error) {
    if (!(chunk.error instanceof StreamsError) || chunk.error.code !== 'OFFSET_OUT_OF_RANGE') throw chunk.error;
    options.logger.warn(
      { store: target.store, task: target.taskId },
      'the changelog was cut, restoring from its start',
    );
    await target.state.wipe(target.store);
    // A broker that refuses a fetch as out of range does not say where its log begins.
    const [start] = await options.client.admin.listOffsets([target], 'earliest');
    target.position = start?.offset ?? 0;
    if (target.position >= target.end) {
      await target.state.restored(target.store, target.position);
      running.delete(nameOf(target));
      fetcher.remove(target.topic, target.partition);
      return;
    }
    fetcher.add(target.topic, target.partition, target.position);
    return;
  }
  const { records } = chunk;
  let batch: ChangelogRecord[] = [];
  let count = 0;
  while (records.next()) {
    const key = records.key();
    if (records.offset < target.position || records.offset >= target.end || key === null) continue;
    batch.push({ key, value: records.value(), timestamp: records.timestamp, headers: records.headers() });
    count++;
    if (batch.length < SLICE_RECORDS) continue;
    target.state.restore(target.store, batch);
    batch = [];
    if (count % WRITE_EVERY_RECORDS === 0) await target.state.restored(target.store, records.offset + 1);
  }
  target.state.restore(target.store, batch);
  target.position = Math.min(chunk.nextOffset, target.end);
  await target.state.restored(target.store, target.position);
  options.onProgress(target, count, target.end - target.position);
  if (target.position < target.end) return;
  running.delete(nameOf(target));
  fetcher.remove(target.topic, target.partition);
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

function total(running: ReadonlyMap<string, Running>): number {
  let sum = 0;
  for (const { end, position } of running.values()) sum += end - position;
  return sum;
}
