import type { RecordContext } from '../../core/record.ts';
import type { Serde } from '../../core/serde.ts';
import { serdes } from '../../serdes/serdes.ts';
import type { StreamsBuilder } from '../../topology/builder.ts';
import type { KStream } from '../../topology/stream.ts';
import type { StageMeter } from './stage-meter.ts';
import type { EventRecord, RawEvent } from './raw-event.ts';

/** What the dead letter of a record that is no event says. */
export interface FailedEventFields {
  /** For people. Names fields, never values. */
  readonly reason: string;
  readonly error_code: string;
  readonly payload: Buffer | null;
  readonly key: Buffer | null;
  readonly source_topic: string;
  readonly source_partition: number;
  readonly source_offset: number;
  readonly source_timestamp: number;
  readonly failed_at: number;
}

export interface IngestOptions<E, D> {
  readonly topics: { readonly eventsRaw: string; readonly eventsDeadLetter: string };
  /** How long an event's id is remembered, in ms of event time. */
  readonly dedupeMs: number;
  readonly rawEvent: Serde<RawEvent<E>>;
  readonly event: Serde<E>;
  readonly id: (event: E) => string;
  readonly failedEvent: (fields: FailedEventFields) => D;
  readonly failedEventSerde: Serde<D>;
  readonly now: () => number;
  readonly meter: StageMeter;
}

/**
 * The beginning of an ingester: raw events → each event once, under its id; what cannot be read → dead letter.
 *
 * Events are spread anew by their id before duplicates are dropped, since a source may send the same event to any
 * partition.
 */
export function ingestEvents<E, D>(builder: StreamsBuilder, options: IngestOptions<E, D>): KStream<string, E> {
  const { topics, dedupeMs, rawEvent, event, id, failedEvent, failedEventSerde, now, meter } = options;
  const isEvent = (raw: RawEvent<E> | null): raw is EventRecord<E> => raw?.kind === 'event';
  const { events: readable, malformed } = builder
    .stream<Buffer, RawEvent<E> | null>(topics.eventsRaw, { value: rawEvent, name: 'raw-events' })
    .split({ name: 'split-' })
    .branch(isEvent, { name: 'events' })
    .default({ name: 'malformed' });

  malformed
    .mapValues(
      (raw, key, record) => {
        meter.error('malformed');
        meter.deadLetter('malformed');
        return failedEvent(describe(raw, key, record, now()));
      },
      { name: 'say-what-is-wrong' },
    )
    .to(topics.eventsDeadLetter, { value: failedEventSerde, name: 'events-dead-letter' });

  return readable
    .map((raw) => [id(raw.event), raw.event] as const, { name: 'key-by-event' })
    .repartition({ name: 'events-by-id', key: serdes.string, value: event })
    .dedupe({ name: 'drop-duplicates', store: 'seen-events', withinMs: dedupeMs });
}

function describe(
  raw: RawEvent<unknown> | null,
  key: Buffer | null,
  record: RecordContext,
  nowMs: number,
): FailedEventFields {
  const { reason, code, payload } =
    raw?.kind === 'malformed' ? raw : { reason: 'the record has no value', code: 'DESERIALIZATION', payload: null };
  return {
    reason,
    error_code: code,
    payload,
    key,
    source_topic: record.topic,
    source_partition: record.partition,
    source_offset: record.offset,
    source_timestamp: record.timestamp,
    failed_at: nowMs,
  };
}
