import { z } from 'zod';
import { messageOf, StreamsError } from '../../core/errors.ts';
import { NeedsPreparation, type Serde } from '../../core/serde.ts';
import { avro } from '../../serdes/avro.ts';
import { eventSchema, newEvent, type Event } from './schemas.generated.ts';

/** What a record of claimx.events.raw holds: an event, or bytes that are none and why. */
export type RawEvent = EventRecord | MalformedRecord;

export interface EventRecord {
  readonly kind: 'event';
  readonly event: Event;
}

export interface MalformedRecord {
  readonly kind: 'malformed';
  readonly reason: string;
  readonly code: string;
  readonly payload: Buffer;
}

/** An event as JSON, from sources that write no Avro: times in ISO 8601 with a zone, or in ms since the epoch. */
const jsonEventSchema = z.looseObject({
  event_id: z.string().min(1),
  event_type: z.string().min(1),
  project_id: z.string().min(1),
  ingested_at: z.union([z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)), z.int().nonnegative()]),
  media_id: z.string().nullish(),
  task_assignment_id: z.string().nullish(),
  video_collaboration_id: z.string().nullish(),
  master_file_name: z.string().nullish(),
  raw_data: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
});

/** Confluent's framing begins with a zero byte, which no JSON text does. */
const MAGIC = 0;

/**
 * Reads both forms, Avro in Confluent's framing and JSON, and never fails on content: what is not an event becomes
 * `malformed` with a reason that names fields, not values. Writes Avro.
 */
export function rawEventSerde(): Serde<RawEvent> {
  return reader(avro<Event>(eventSchema));
}

function reader(inner: Serde<Event>): Serde<RawEvent> {
  return {
    name: 'avro(claimx.Event) or JSON',
    serialize: (topic, raw, headers) => {
      if (raw.kind === 'event') return inner.serialize(topic, raw.event, headers);
      throw new StreamsError('SERIALIZATION', 'a malformed event is not written again as an event');
    },
    deserialize: (topic, bytes, headers) => {
      if (bytes[0] !== MAGIC) return readJson(bytes);
      try {
        return checkEvent(inner.deserialize(topic, bytes, headers), bytes);
      } catch (error) {
        if (error instanceof NeedsPreparation) throw error;
        return malformed(messageOf(error), bytes);
      }
    },
    prepare: async (use) => reader((await inner.prepare?.(use)) ?? inner),
    recover: async (error) => {
      await inner.recover?.(error);
    },
  };
}

/** An event of a source that writes no Avro, or why it is none. */
export function readJson(bytes: Buffer): RawEvent {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8'));
  } catch {
    return malformed(bytes.length === 0 ? 'the value is empty' : 'the value is neither Avro nor JSON', bytes);
  }
  const result = jsonEventSchema.safeParse(parsed);
  if (!result.success) {
    const problems = result.error.issues.map(
      (issue) => `${issue.path.map(String).join('.') || 'value'}: ${issue.code}`,
    );
    return malformed(`the JSON is not an event (${problems.join(', ')})`, bytes);
  }
  const { raw_data: payload, ...fields } = result.data;
  return {
    kind: 'event',
    event: newEvent({
      event_id: fields.event_id,
      event_type: fields.event_type,
      project_id: fields.project_id,
      ingested_at: fields.ingested_at,
      media_id: fields.media_id ?? null,
      task_assignment_id: fields.task_assignment_id ?? null,
      video_collaboration_id: fields.video_collaboration_id ?? null,
      master_file_name: fields.master_file_name ?? null,
      raw_data:
        payload === null || payload === undefined || typeof payload === 'string'
          ? (payload ?? null)
          : JSON.stringify(payload),
    }),
  };
}

/** Avro has no rule against empty texts. */
function checkEvent(event: Event, bytes: Buffer): RawEvent {
  const empty = (['event_id', 'event_type', 'project_id'] as const).filter((field) => event[field] === '');
  if (empty.length > 0) return malformed(`the event lacks ${empty.join(', ')}`, bytes);
  return { kind: 'event', event };
}

function malformed(reason: string, payload: Buffer): RawEvent {
  return { kind: 'malformed', reason, code: 'DESERIALIZATION', payload };
}
