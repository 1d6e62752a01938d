import type { Serde } from '../../core/serde.ts';
import {
  deadLetterSource,
  type DeadLetterFacts,
  type DeadLetterSource,
} from '../../runtime/dead-letters/dead-letter-source.ts';
import { serdes } from '../../serdes/serdes.ts';
import type { DeadLetterReason } from './dead-letter.ts';
import type { FailedEventFields } from './ingest-events.ts';

export interface FailedEventSourceOptions<D extends FailedEventFields> {
  readonly topics: { readonly eventsRaw: string; readonly eventsDeadLetter: string };
  readonly value: Serde<D>;
  /** The event's id: the word for it, and its field in the payload. */
  readonly id: { readonly kind: string; readonly field: string };
}

/** Records that are no events: a replay sends them again as they were. */
export function failedEventSource<D extends FailedEventFields>(options: FailedEventSourceOptions<D>): DeadLetterSource {
  const { topics, value, id } = options;
  return deadLetterSource({
    topic: topics.eventsDeadLetter,
    value,
    facts: (failed) => ({
      ids: idIn(failed.payload, id),
      reason: failed.error_code,
      error: failed.reason,
      failedAtMs: failed.failed_at,
    }),
    replay: {
      topic: topics.eventsRaw,
      value: serdes.bytes,
      valueOf: ({ payload }) => payload,
      keyOf: ({ key }) => key,
    },
  });
}

/** What the dead letter of a task says of its failure. */
export function reasonOf(
  failed: Pick<DeadLetterReason, 'error_category' | 'error'> & {
    readonly attempts: number;
    readonly failed_at: number;
  },
): DeadLetterFacts {
  const { error_category: reason, error, attempts, failed_at: failedAtMs } = failed;
  return { reason, error, attempts, failedAtMs };
}

/** A record that is no event may still have an id that somebody looks for. */
function idIn(payload: Buffer | null, { kind, field }: FailedEventSourceOptions<never>['id']): Record<string, string> {
  try {
    const parsed: unknown = JSON.parse(payload?.toString('utf8') ?? '');
    const id = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>)[field] : null;
    return typeof id === 'string' && id !== '' ? { [kind]: id } : {};
  } catch {
    return {};
  }
}
