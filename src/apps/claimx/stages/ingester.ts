import type { StageContext } from '../../../runtime/define-app.ts';
import { StreamsBuilder } from '../../../topology/builder.ts';
import type { Topology } from '../../../topology/topology.ts';
import { ingestEvents } from '../../shared/ingest-events.ts';
import { openStageMeter } from '../../shared/stage-meter.ts';
import { tableSink } from '../../shared/table-sink.ts';
import type { ClaimxConfig } from '../config.ts';
import { rawEventSerde } from '../raw-event.ts';
import { newEnrichmentTask, newEventRow, newFailedEvent, type EventRow } from '../schemas.generated.ts';
import { enrichmentTaskSerde, eventRowSerde, eventSerde, failedEventSerde, textKey } from '../serdes.ts';
import { claimxTables } from '../tables.ts';

/**
 * Raw events → one row of claimx_events and one enrichment task for each event; what cannot be read → dead letter.
 * Tasks go on by project, so that a project's events meet in one place.
 */
export function ingesterTopology(context: StageContext<ClaimxConfig>): Topology {
  const { config, clock } = context;
  const { topics, ingest } = config;
  const builder = new StreamsBuilder();

  const events = ingestEvents(builder, {
    topics,
    dedupeMs: ingest.dedupeMs,
    rawEvent: rawEventSerde(),
    event: eventSerde,
    id: (event) => event.event_id,
    failedEvent: newFailedEvent,
    failedEventSerde,
    now: () => clock.now(),
    meter: openStageMeter({ app: 'claimx', stage: 'ingester' }, context),
  });

  events
    .mapValues((event) => newEventRow({ ...event, created_at: clock.now() }), { name: 'event-row' })
    .sinkTo(
      tableSink(context, claimxTables, 'claimx_events', (row: EventRow) => row),
      { name: 'claimx-events', key: textKey, value: eventRowSerde },
    );

  events
    .map((event) => [event.project_id, newEnrichmentTask({ ...event, created_at: clock.now() })] as const, {
      name: 'enrichment-task',
    })
    .to(topics.enrichmentPending, { key: textKey, value: enrichmentTaskSerde, name: 'enrichment-pending' });

  return builder.build();
}
