import type { StageContext } from '../../runtime/define-app.ts';
import type { SourcePlan } from '../../runtime/source-runner.ts';
import { eventhouseSource as sharedSource } from '../shared/eventhouse-source.ts';
import type { ClaimxConfig } from './config.ts';
import { readJson } from './raw-event.ts';
import { eventSerde } from './serdes.ts';

/** Eventhouse → claimx.events.raw. @throws CONFIG_INVALID where no cluster is configured */
export function eventhouseSource(context: StageContext<ClaimxConfig>): SourcePlan {
  return sharedSource(context, {
    app: 'claimx',
    fields: [
      'event_id',
      'event_type',
      'project_id',
      'ingested_at',
      'media_id',
      'task_assignment_id',
      'video_collaboration_id',
      'master_file_name',
      'raw_data',
    ],
    time: 'ingested_at',
    event: eventSerde,
    readJson,
  });
}
