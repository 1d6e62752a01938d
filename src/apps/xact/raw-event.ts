import { z } from 'zod';
import type { Serde } from '../../core/serde.ts';
import { payloadField, requiredText, timeField } from '../shared/json-fields.ts';
import { rawEventSerde as sharedSerde, readJsonEvent, type RawEvent as SharedRawEvent } from '../shared/raw-event.ts';
import { newEvent, type Event } from './schemas.generated.ts';
import { eventSerde } from './serdes.ts';

/** What a record of xact.events.raw holds: an event, or bytes that are none and why. */
export type RawEvent = SharedRawEvent<Event>;

/** Links as a list, or as JSON text of one (a dynamic column of Eventhouse). */
const attachmentsField = z
  .union([
    z.array(z.string()),
    z.string().transform((text, { issues, value }) => {
      const links = linksIn(text);
      if (links === null) issues.push({ code: 'custom', input: value, message: 'not a list of links' });
      return links ?? [];
    }),
  ])
  .nullish();

/** An event as JSON, from sources that write no Avro. */
const jsonEventSchema = z.looseObject({
  trace_id: requiredText,
  event_type: requiredText,
  event_subtype: z.string().nullish(),
  timestamp: timeField,
  source_system: z.string().nullish(),
  attachments: attachmentsField,
  payload: payloadField,
});

/** Avro or JSON; never fails on content. */
export function rawEventSerde(): Serde<RawEvent> {
  return sharedSerde({
    name: 'avro(xact.Event) or JSON',
    event: eventSerde,
    readJson,
    required: ['trace_id', 'event_type'],
  });
}

/** An event of a source that writes no Avro, or why it is none. */
export function readJson(bytes: Buffer): RawEvent {
  return readJsonEvent(bytes, jsonEventSchema, (fields) =>
    newEvent({
      trace_id: fields.trace_id,
      event_type: fields.event_type,
      event_subtype: fields.event_subtype ?? null,
      timestamp: fields.timestamp,
      source_system: fields.source_system ?? undefined,
      attachments: fields.attachments ?? [],
      payload: fields.payload,
    }),
  );
}

function linksIn(text: string): string[] | null {
  if (text === '') return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) && parsed.every((link) => typeof link === 'string') ? parsed : null;
  } catch {
    return null;
  }
}
