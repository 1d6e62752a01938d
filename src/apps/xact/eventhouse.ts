import type { StageContext } from '../../runtime/define-app.ts';
import type { SourcePlan } from '../../runtime/source-runner.ts';
import { eventhouseSource as sharedSource } from '../shared/eventhouse-source.ts';
import type { XactConfig } from './config.ts';
import { readJson } from './raw-event.ts';
import { eventSerde } from './serdes.ts';

/** Eventhouse → xact.events.raw. @throws CONFIG_INVALID where no cluster is configured */
export function eventhouseSource(context: StageContext<XactConfig>): SourcePlan {
  return sharedSource(context, {
    app: 'xact',
    fields: ['trace_id', 'event_type', 'event_subtype', 'timestamp', 'source_system', 'attachments', 'payload'],
    time: 'timestamp',
    event: eventSerde,
    readJson,
  });
}
