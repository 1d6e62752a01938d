import { setTimeout as sleep } from 'node:timers/promises';
import type { Serde } from '../../../core/serde.ts';
import { NO_HEADERS } from '../../../core/record.ts';
import type { SampleEnvironment } from '../../../runtime/define-app.ts';

/** A record for a topic of raw events. */
export type SampleRecord<E> =
  | { readonly kind: 'event'; readonly key: string; readonly event: E; readonly duplicate: boolean }
  | MalformedSample;

export interface MalformedSample {
  readonly kind: 'malformed';
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly what: string;
}

export interface ProduceOptions<E, A> {
  readonly topic: string;
  readonly event: Serde<A>;
  /** An event as the source would send it in Avro. */
  readonly toAvro: (event: E) => A;
}

type Sending = Pick<SampleEnvironment, 'client' | 'registry' | 'clock' | 'eventsPerSecond'>;

/** At a rate, this is how often the events that are due are sent. */
const TICK_MS = 20;

/** One event in so many is sent as JSON, as by a source without Avro. */
const JSON_EVERY = 4;

/**
 * Sends the records, each one to the partition that its place in the sample names. A run that was killed while it sent
 * is taken up where each partition ends, so nothing is sent twice that was not meant to be.
 */
export async function produceSample<E, A>(
  records: readonly SampleRecord<E>[],
  { topic, event: inner, toAvro }: ProduceOptions<E, A>,
  { client, registry, clock, eventsPerSecond }: Sending,
): Promise<void> {
  const use = { topic, role: 'value', direction: 'write', registry } as const;
  const serde = registry === null ? null : ((await inner.prepare?.(use)) ?? inner);
  const encode = (event: E, index: number): Buffer =>
    serde === null || index % JSON_EVERY === 0
      ? Buffer.from(JSON.stringify(event))
      : serde.serialize(topic, toAvro(event));
  const partitions = (await client.admin.describeTopics([topic])).get(topic)?.partitions ?? 1;
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const ends = await client.admin.listOffsets(all, 'latest');
  const skip = new Map(ends.map(({ partition, offset }) => [partition, offset]));
  const producer = client.producer();
  try {
    await producer.init();
    const startMs = performance.now();
    const due = (): number =>
      eventsPerSecond === undefined ? Infinity : ((performance.now() - startMs) / 1000) * eventsPerSecond;
    let sent = 0;
    for (const [index, record] of records.entries()) {
      const partition = index % partitions;
      if (Math.floor(index / partitions) < (skip.get(partition) ?? 0)) continue;
      if (!producer.ready) await producer.drained();
      while (sent >= due()) await sleep(TICK_MS);
      sent++;
      const key = record.key === null ? null : Buffer.from(record.key);
      const value = record.kind === 'malformed' ? record.value : encode(record.event, index);
      producer.send(topic, partition, key, value, clock.now(), NO_HEADERS);
    }
    await producer.flush();
  } finally {
    await producer.close();
  }
}
