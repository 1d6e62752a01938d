import type { StageContext } from '../../../runtime/define-app.ts';
import { StreamsBuilder } from '../../../topology/builder.ts';
import type { Topology } from '../../../topology/topology.ts';
import { ingestEvents } from '../../shared/ingest-events.ts';
import { openStageMeter } from '../../shared/stage-meter.ts';
import { tableSink } from '../../shared/table-sink.ts';
import { attachmentKey, downloadTasks } from '../attachments.ts';
import type { XactConfig } from '../config.ts';
import { flattenEvent } from '../flatten-event.ts';
import { rawEventSerde } from '../raw-event.ts';
import { newFailedEvent, type EventRow } from '../schemas.generated.ts';
import { downloadTaskSerde, eventRowSerde, eventSerde, failedEventSerde, textKey } from '../serdes.ts';
import { xactTables } from '../tables.ts';

/** Raw events → one flat row of xact_events each, and one download task for each attachment; what cannot be read → dead letter. */
export function eventIngesterTopology(context: StageContext<XactConfig>): Topology {
  const { config, clock } = context;
  const { topics, ingest } = config;
  const builder = new StreamsBuilder();

  const events = ingestEvents(builder, {
    topics,
    dedupeMs: ingest.dedupeMs,
    rawEvent: rawEventSerde(),
    event: eventSerde,
    id: (event) => event.trace_id,
    failedEvent: newFailedEvent,
    failedEventSerde,
    now: () => clock.now(),
    meter: openStageMeter({ app: 'xact', stage: 'event-ingester' }, context),
  });

  events
    .mapValues((event) => flattenEvent(event, clock.now()), { name: 'flatten-event' })
    .sinkTo(
      tableSink(context, xactTables, 'xact_events', (row: EventRow) => row),
      { name: 'xact-events', key: textKey, value: eventRowSerde },
    );

  events
    .flatMap((event) => downloadTasks(event).map((task) => [attachmentKey(task), task] as const), {
      name: 'download-task',
    })
    .to(topics.downloadsPending, { key: textKey, value: downloadTaskSerde, name: 'downloads-pending' });

  return builder.build();
}
