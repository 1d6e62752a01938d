import { z } from 'zod';
import type { Serde } from '../../core/serde.ts';
import { payloadField, requiredText, timeField } from '../shared/json-fields.ts';
import { rawEventSerde as sharedSerde, readJsonEvent, type RawEvent as SharedRawEvent } from '../shared/raw-event.ts';
import { newEvent, type Event } from './schemas.generated.ts';
import { eventSerde } from './serdes.ts';

/** What a record of claimx.events.raw holds: an event, or bytes that are none and why. */
export type RawEvent = SharedRawEvent<Event>;

/** An event as JSON, from sources that write no Avro. */
const jsonEventSchema = z.looseObject({
  event_id: requiredText,
  event_type: requiredText,
  project_id: requiredText,
  ingested_at: timeField,
  media_id: z.string().nullish(),
  task_assignment_id: z.string().nullish(),
  video_collaboration_id: z.string().nullish(),
  master_file_name: z.string().nullish(),
  raw_data: payloadField,
});

/** Avro or JSON; never fails on content. */
export function rawEventSerde(): Serde<RawEvent> {
  return sharedSerde({
    name: 'avro(claimx.Event) or JSON',
    event: eventSerde,
    readJson,
    required: ['event_id', 'event_type', 'project_id'],
  });
}

/** An event of a source that writes no Avro, or why it is none. */
export function readJson(bytes: Buffer): RawEvent {
  return readJsonEvent(bytes, jsonEventSchema, (fields) =>
    newEvent({
      event_id: fields.event_id,
      event_type: fields.event_type,
      project_id: fields.project_id,
      ingested_at: fields.ingested_at,
      media_id: fields.media_id ?? null,
      task_assignment_id: fields.task_assignment_id ?? null,
      video_collaboration_id: fields.video_collaboration_id ?? null,
      master_file_name: fields.master_file_name ?? null,
      raw_data: fields.raw_data,
    }),
  );
}
