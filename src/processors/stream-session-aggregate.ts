import { NO_HEADERS } from '../core/record.ts';
import type { Headers, RecordContext } from '../core/record.ts';
import type { Windowed } from '../core/serde.ts';
import type { SessionStore } from '../state/store.ts';
import { Change } from './change.ts';
import { type EmitStrategy, FinalResults } from './final-results.ts';
import { ObservedTime } from './observed-time.ts';
import type { Forward, ProcessorContext, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

export interface StreamSessionAggregateOptions<K, V, A> {
  readonly store: string;
  readonly inactivityGapMs: number;
  readonly graceMs: number;
  /** The first aggregate of a session; null: its first value is (a reduce). */
  readonly initializer: (() => A) | null;
  readonly aggregator: (value: V, aggregate: A, key: K) => A | null;
  /** The aggregate of two sessions that became one; the first may be the initial one. */
  readonly merger: (one: A, other: A, key: K) => A | null;
  readonly emit: EmitStrategy;
  readonly sendOldValues: boolean;
}

/**
 * Folds the records of each key that are no more than the gap apart. A session is [first, last record], both inclusive; a
 * record that comes between two makes them one: each replaced session gets a null, then the new one follows, at the time
 * of its end. A null key is dropped and counted; so is a record whose session, merged, ended more than the gap and the
 * grace before this operator's stream time. A null value reaches the aggregator, as in Kafka Streams.
 */
export function streamSessionAggregate<K, V, A>(
  options: StreamSessionAggregateOptions<K, V, A>,
): ProcessorSupplier<K, V, Windowed<K>, Change<A>> {
  const { store, inactivityGapMs: gap, graceMs, initializer, aggregator, merger, emit, sendOldValues } = options;
  const between = (lastCloseTime: number, closeTime: number): readonly [number, number] | null => {
    const from = Math.max(0, lastCloseTime);
    const to = closeTime - 1;
    return to < from ? null : [from, to];
  };
  return () => {
    let task: ProcessorContext<Windowed<K>, Change<A>> | null = null;
    let sessions: Pick<SessionStore<K, A>, 'findSessions' | 'put' | 'remove'> = {
      findSessions: unready,
      put: unready,
      remove: unready,
    };
    let forward: Forward<Windowed<K>, Change<A>> | null = null;
    let finals: FinalResults | null = null;
    let observed: ObservedTime | null = null;

    function fold(key: K, value: V, record: RecordContext, closeTime: number): void {
      const { timestamp } = record;
      let start = timestamp;
      let end = timestamp;
      let aggregate: A | null = initializer === null ? null : initializer();
      const merged: (readonly [Windowed<K>, A])[] = [];
      for (const [session, sum] of sessions.findSessions(key, timestamp - gap, timestamp + gap)) {
        merged.push([session, sum]);
        aggregate = aggregate === null && initializer === null ? sum : merger(aggregate as A, sum, key);
        start = Math.min(start, session.window.start);
        end = Math.max(end, session.window.end);
      }
      if (end < closeTime) {
        task?.dropped('late', record);
        return;
      }
      if (start !== timestamp || end !== timestamp) {
        for (const [session, sum] of merged) {
          sessions.remove(session, record);
          forward?.(session, new Change<A>(null, sendOldValues ? sum : null), atEnd(record, session, NO_HEADERS));
        }
      }
      const isFirst = aggregate === null && initializer === null;
      const result = isFirst ? (value as unknown as A) : aggregator(value, aggregate as A, key);
      const session = { key, window: { start, end } };
      sessions.put(session, result, record);
      forward?.(session, new Change<A>(result, null), atEnd(record, session, NO_HEADERS));
    }

    return {
      init(context) {
        task = context;
        observed = new ObservedTime(context.emission, context.node);
        const opened = context.store<SessionStore<K, A>>(store);
        sessions = opened;
        if (emit === 'onWindowClose') {
          finals = new FinalResults(context, store, { between, emit: emitSessions(opened, context.forward) });
        } else if (opened.writeBack) {
          opened.onFlush((session, newValue, oldValue, record) => {
            const change = new Change(newValue, sendOldValues ? oldValue : null);
            context.forward(session, change, atEnd(record, session, record.headers));
          }, sendOldValues);
        } else {
          ({ forward } = context);
        }
      },
      process(key, value, record) {
        if (key === null) {
          task?.dropped('null-key', record);
          return;
        }
        const closeTime = (observed?.after(record.timestamp) ?? record.timestamp) - graceMs - gap;
        fold(key, value, record, closeTime);
        finals?.check(closeTime, record);
      },
    };
  };
}

/** A session's result has the time of its end. Updates have no headers, as in Kafka Streams. */
function atEnd(record: RecordContext, { window }: Windowed<unknown>, headers: Headers): RecordContext {
  const { topic, partition, offset } = record;
  return { timestamp: window.end, headers, topic, partition, offset };
}

function emitSessions<K, A>(
  sessions: Pick<SessionStore<K, A>, 'findSessionsByEnd'>,
  forward: Forward<Windowed<K>, Change<A>>,
): (from: number, to: number, record: RecordContext) => void {
  return (from, to, record) => {
    for (const [session, value] of sessions.findSessionsByEnd(from, to)) {
      forward(session, new Change<A>(value, null), atEnd(record, session, record.headers));
    }
  };
}
