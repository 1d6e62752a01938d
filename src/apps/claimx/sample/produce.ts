import type { Serde } from '../../../core/serde.ts';
import { NO_HEADERS } from '../../../core/record.ts';
import type { SampleEnvironment } from '../../../runtime/define-app.ts';
import { newEvent, type Event } from '../schemas.generated.ts';
import { eventSerde } from '../serdes.ts';
import type { SampleEvent, SampleRecord } from './generator.ts';

/** One event in so many is sent as JSON, as by a source without Avro. */
const JSON_EVERY = 4;

/**
 * Sends the records, each one to the partition that its place in the sample names. A run that was killed while it sent
 * is taken up where each partition ends, so nothing is sent twice that was not meant to be.
 */
export async function produceSample(
  records: readonly SampleRecord[],
  topic: string,
  { client, registry, clock }: Pick<SampleEnvironment, 'client' | 'registry' | 'clock'>,
): Promise<void> {
  const use = { topic, role: 'value', direction: 'write', registry } as const;
  const serde = registry === null ? null : ((await eventSerde.prepare?.(use)) ?? eventSerde);
  const partitions = (await client.admin.describeTopics([topic])).get(topic)?.partitions ?? 1;
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const ends = await client.admin.listOffsets(all, 'latest');
  const skip = new Map(ends.map(({ partition, offset }) => [partition, offset]));
  const producer = client.producer();
  try {
    await producer.init();
    for (const [index, record] of records.entries()) {
      const partition = index % partitions;
      if (Math.floor(index / partitions) < (skip.get(partition) ?? 0)) continue;
      if (!producer.ready) await producer.drained();
      const key = record.key === null ? null : Buffer.from(record.key);
      const value = record.kind === 'malformed' ? record.value : encode(record.event, index, topic, serde);
      producer.send(topic, partition, key, value, clock.now(), NO_HEADERS);
    }
    await producer.flush();
  } finally {
    await producer.close();
  }
}

function encode(event: SampleEvent, index: number, topic: string, serde: Serde<Event> | null): Buffer {
  if (serde === null || index % JSON_EVERY === 0) return Buffer.from(JSON.stringify(event));
  const { raw_data: payload, ingested_at: time, ...fields } = event;
  const raw = payload === undefined ? null : JSON.stringify(payload);
  return serde.serialize(topic, newEvent({ ...fields, ingested_at: Date.parse(time), raw_data: raw }));
}
