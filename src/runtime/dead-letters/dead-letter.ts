import { ERROR_HEADERS } from '../../core/error-headers.ts';
import { messageOf } from '../../core/errors.ts';
import { headerText, type Headers, type TopicPartition } from '../../core/record.ts';
import { RETRY_HEADERS } from '../../processors/retry-headers.ts';
import type { DeadLetterFacts, DeadLetterReader } from './dead-letter-source.ts';

/** The headers of a record that was sent again; a dead letter that has them failed once more. */
export const REPLAY_HEADERS = Object.freeze({
  /** When, in ISO 8601. */
  at: '__streams.replay.at',
  /** The dead letter it was: `topic/partition/offset`. */
  from: '__streams.replay.from',
});

export interface DeadLetterRecord extends TopicPartition {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly bytes: Buffer | null;
  readonly headers: Headers;
}

/** A dead letter, read: what it is about, why it is there, and where it came from. */
export interface DeadLetter extends DeadLetterRecord {
  /** Decoded; null where there is none or it could not be decoded. */
  readonly value: unknown;
  /** Why the value could not be decoded. */
  readonly undecodable: string | null;
  readonly ids: Readonly<Record<string, string>>;
  readonly reason: string;
  readonly error: string;
  readonly attempts: number | null;
  readonly failedAtMs: number;
  /** Where it was first read; null where nobody noted it. */
  readonly origin: (TopicPartition & { readonly offset: number }) | null;
  /** When it was sent again, in ms since the epoch; null: never. */
  readonly replayedAtMs: number | null;
}

export async function readDeadLetter(
  record: DeadLetterRecord,
  reader: DeadLetterReader,
  replayedAtMs: number | null,
): Promise<DeadLetter> {
  const { headers, bytes } = record;
  let value: unknown = null;
  let undecodable: string | null = null;
  let facts: DeadLetterFacts = {};
  try {
    if (bytes !== null) {
      value = await reader.decode(bytes);
      facts = reader.facts(value);
    }
  } catch (error) {
    // What cannot be read is shown all the same: somebody has to find out what it is.
    undecodable = messageOf(error);
  }
  const attempts = headerText(headers, RETRY_HEADERS.attempt);
  return {
    ...record,
    value,
    undecodable,
    ids: facts.ids ?? {},
    reason: facts.reason ?? headerText(headers, ERROR_HEADERS.exception) ?? 'unknown',
    error: facts.error ?? headerText(headers, ERROR_HEADERS.message) ?? '',
    attempts: facts.attempts ?? (attempts === undefined ? null : Number(attempts)),
    failedAtMs: facts.failedAtMs ?? record.timestamp,
    origin: originOf(headers),
    replayedAtMs,
  };
}

function originOf(headers: Headers): DeadLetter['origin'] {
  const topic = headerText(headers, ERROR_HEADERS.topic) ?? '';
  const partition = Number(headerText(headers, ERROR_HEADERS.partition) ?? Number.NaN);
  const offset = Number(headerText(headers, ERROR_HEADERS.offset) ?? Number.NaN);
  return topic === '' || !Number.isInteger(partition) || !Number.isInteger(offset)
    ? null
    : { topic, partition, offset };
}

/** The headers of a record that is sent again: the application's own, and that it is a replay. Tries count from zero. */
export function replayHeaders({ headers, ...record }: DeadLetterRecord, nowMs: number): Headers {
  const kept = headers.filter(({ key }) => !key.startsWith('__streams.'));
  return [
    ...kept,
    { key: REPLAY_HEADERS.at, value: Buffer.from(new Date(nowMs).toISOString()) },
    { key: REPLAY_HEADERS.from, value: Buffer.from(placeOf(record)) },
  ];
}

/** `topic/partition/offset`: names a dead letter on the command line, in marks and in headers. */
export function placeOf({ topic, partition, offset }: TopicPartition & { readonly offset: number }): string {
  return `${topic}/${partition}/${offset}`;
}
