import type { z } from 'zod';
import { messageOf, StreamsError } from '../../core/errors.ts';
import { NeedsPreparation, type Serde } from '../../core/serde.ts';

/** What a record of a topic of raw events holds: an event, or bytes that are none and why. */
export type RawEvent<E> = EventRecord<E> | MalformedRecord;

export interface EventRecord<E> {
  readonly kind: 'event';
  readonly event: E;
}

export interface MalformedRecord {
  readonly kind: 'malformed';
  readonly reason: string;
  readonly code: string;
  readonly payload: Buffer;
}

export interface RawEventOptions<E> {
  readonly name: string;
  /** The Avro of an event. */
  readonly event: Serde<E>;
  readonly readJson: (bytes: Buffer) => RawEvent<E>;
  /** Fields without which an event is none. Avro has no rule against empty texts. */
  readonly required: readonly (keyof E & string)[];
}

/** Confluent's framing begins with a zero byte, which no JSON text does. */
const MAGIC = 0;

/**
 * Reads both forms, Avro in Confluent's framing and JSON, and never fails on content: what is not an event becomes
 * `malformed` with a reason that names fields, not values. Writes Avro.
 */
export function rawEventSerde<E>(options: RawEventOptions<E>): Serde<RawEvent<E>> {
  const { name, event: inner, readJson, required } = options;
  return {
    name,
    serialize: (topic, raw, headers) => {
      if (raw.kind === 'event') return inner.serialize(topic, raw.event, headers);
      throw new StreamsError('SERIALIZATION', 'a malformed event is not written again as an event');
    },
    deserialize: (topic, bytes, headers) => {
      if (bytes[0] !== MAGIC) return readJson(bytes);
      try {
        const event = inner.deserialize(topic, bytes, headers);
        const empty = required.filter((field) => event[field] === '');
        if (empty.length > 0) return malformed(`the event lacks ${empty.join(', ')}`, bytes);
        return { kind: 'event', event };
      } catch (error) {
        if (error instanceof NeedsPreparation) throw error;
        return malformed(messageOf(error), bytes);
      }
    },
    prepare: async (use) => rawEventSerde({ ...options, event: (await inner.prepare?.(use)) ?? inner }),
    recover: async (error) => {
      await inner.recover?.(error);
    },
  };
}

/** An event of a source that writes no Avro, or why it is none. */
export function readJsonEvent<S extends z.ZodType, E>(
  bytes: Buffer,
  schema: S,
  toEvent: (fields: z.infer<S>) => E,
): RawEvent<E> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8'));
  } catch {
    return malformed(bytes.length === 0 ? 'the value is empty' : 'the value is neither Avro nor JSON', bytes);
  }
  const result = schema.safeParse(parsed);
  if (result.success) return { kind: 'event', event: toEvent(result.data) };
  const problems = result.error.issues.map((issue) => `${issue.path.map(String).join('.') || 'value'}: ${issue.code}`);
  return malformed(`the JSON is not an event (${problems.join(', ')})`, bytes);
}

function malformed(reason: string, payload: Buffer): MalformedRecord {
  return { kind: 'malformed', reason, code: 'DESERIALIZATION', payload };
}
