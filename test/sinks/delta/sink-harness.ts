import { NO_HEADERS, type RecordContext } from '../../../src/core/record.ts';
import type { SinkConnector, SinkContext, SinkWriter } from '../../../src/sinks/sink.ts';

/** A rejected record: why, and its offset. */
export type Rejected = readonly [message: string, offset: number];

export function contextFor(rejected: Rejected[] = [], partitions: readonly number[] = [0]): SinkContext {
  return {
    applicationId: 'app',
    name: 'sink',
    taskId: `0_${partitions[0] ?? 0}`,
    partitions: partitions.map((partition) => ({ topic: 'events', partition })),
    reject: (error, _key, _value, record) => rejected.push([error.message, record.offset]),
  };
}

export function recordAt(offset: number, partition = 0): RecordContext {
  return { timestamp: 0, headers: NO_HEADERS, topic: 'events', partition, offset };
}

/** The next offsets of a task with one partition. */
export function consumed(offset: number, partition = 0): { topic: string; partition: number; offset: number }[] {
  return [{ topic: 'events', partition, offset }];
}

/** Reads a topic (`values[offset]`) as the runtime does: from the sink's position on, with a flush each `every` records. */
export async function run<V>(
  connector: SinkConnector<string, V>,
  values: readonly V[],
  options: { readonly every: number; readonly partition?: number; readonly committed?: number },
): Promise<SinkWriter<string, V>> {
  const { every, partition = 0, committed = 0 } = options;
  const writer = await connector.open(contextFor([], [partition]));
  const [position] = await writer.positions();
  const start = position?.offset ?? committed;
  for (let offset = start; offset < values.length; offset++) {
    writer.write(`k${offset}`, values[offset] as V, recordAt(offset, partition));
    if ((offset + 1) % every === 0) await writer.flush(consumed(offset + 1, partition));
  }
  await writer.flush(consumed(values.length, partition));
  return writer;
}
