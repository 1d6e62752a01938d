import type { RecordContext } from '../../../core/record.ts';
import type { StageContext } from '../../../runtime/define-app.ts';
import { deltaTables } from '../../../sinks/delta/delta-tables.ts';
import { StreamsBuilder } from '../../../topology/builder.ts';
import type { Topology } from '../../../topology/topology.ts';
import type { ClaimxConfig } from '../config.ts';
import { flushOptions } from '../flush.ts';
import { rawEventSerde, type EventRecord, type RawEvent } from '../raw-event.ts';
import { newEnrichmentTask, newEventRow, newFailedEvent, type FailedEvent } from '../schemas.generated.ts';
import { enrichmentTaskSerde, eventRowSerde, eventSerde, failedEventSerde, textKey } from '../serdes.ts';
import { tableOptions } from '../tables.ts';

/**
 * Raw events → one row of claimx_events and one enrichment task for each event; what cannot be read → dead letter.
 *
 * Events are spread anew by their id before duplicates are dropped, since a source may send the same event to any
 * partition; tasks go on by project, so that a project's events meet in one place.
 */
export function ingesterTopology(context: StageContext<ClaimxConfig>): Topology {
  const { config, clock } = context;
  const { topics, lake } = config;
  const builder = new StreamsBuilder();

  const { events: readable, malformed } = builder
    .stream<Buffer, RawEvent | null>(topics.eventsRaw, { value: rawEventSerde(), name: 'raw-events' })
    .split({ name: 'split-' })
    .branch(isEvent, { name: 'events' })
    .default({ name: 'malformed' });

  malformed
    .mapValues((raw, key, record) => failedEvent(raw, key, record, clock.now()), { name: 'say-what-is-wrong' })
    .to(topics.eventsDeadLetter, { value: failedEventSerde, name: 'events-dead-letter' });

  const events = readable
    .map(({ event }) => [event.event_id, event] as const, { name: 'key-by-event' })
    .repartition({ name: 'events-by-id', key: textKey, value: eventSerde })
    .dedupe({ name: 'drop-duplicates', store: 'seen-events', withinMs: config.ingest.dedupeMs });

  events
    .mapValues((event) => newEventRow({ ...event, created_at: clock.now() }), { name: 'event-row' })
    .sinkTo(
      deltaTables({
        ...flushOptions(context),
        tables: { claimx_events: tableOptions(lake.tables, 'claimx_events') },
        order: ['claimx_events'],
        route: (row) => [{ table: 'claimx_events', row }],
      }),
      { name: 'claimx-events', key: textKey, value: eventRowSerde },
    );

  events
    .map((event) => [event.project_id, newEnrichmentTask({ ...event, created_at: clock.now() })] as const, {
      name: 'enrichment-task',
    })
    .to(topics.enrichmentPending, { key: textKey, value: enrichmentTaskSerde, name: 'enrichment-pending' });

  return builder.build();
}

function isEvent(raw: RawEvent | null): raw is EventRecord {
  return raw?.kind === 'event';
}

function failedEvent(raw: RawEvent | null, key: Buffer | null, record: RecordContext, nowMs: number): FailedEvent {
  const { reason, code, payload } =
    raw?.kind === 'malformed' ? raw : { reason: 'the record has no value', code: 'DESERIALIZATION', payload: null };
  return newFailedEvent({
    reason,
    error_code: code,
    payload,
    key,
    source_topic: record.topic,
    source_partition: record.partition,
    source_offset: record.offset,
    source_timestamp: record.timestamp,
    failed_at: nowMs,
  });
}
