import { StreamsError } from '../../core/errors.ts';
import type { Serde } from '../../core/serde.ts';
import type { StageContext } from '../../runtime/define-app.ts';
import type { SourcePlan } from '../../runtime/source-runner.ts';
import { serdes } from '../../serdes/serdes.ts';
import { kqlSource } from '../../sources/kql/kql-source.ts';
import type { z } from 'zod';
import type { RawEvent } from './raw-event.ts';
import type { eventhouseSettings } from './settings.ts';

interface EventhouseConfig {
  readonly eventhouse: z.infer<ReturnType<typeof eventhouseSettings>>;
  readonly topics: { readonly eventsRaw: string };
}

export interface EventhouseOptions<E> {
  /** The application, for its errors. */
  readonly app: string;
  readonly fields: readonly (keyof E & string)[];
  /** The field that holds the row's own time where the row does not give one. */
  readonly time: keyof E & string;
  readonly event: Serde<E>;
  readonly readJson: (bytes: Buffer) => RawEvent<E>;
}

/** A row of Eventhouse by the names of the event's fields; what it holds is for the ingester to judge. */
type PolledEvent = Readonly<Record<string, unknown>>;

/** Eventhouse → the topic of raw events. @throws CONFIG_INVALID where no cluster is configured */
export function eventhouseSource<E>(
  { config, azure, clock }: StageContext<EventhouseConfig>,
  { app, fields, time, event, readJson }: EventhouseOptions<E>,
): SourcePlan {
  const { cluster, database, columns, format, timeoutMs, pollIntervalMs, ...window } = config.eventhouse;
  if (cluster === '' || database === '') {
    throw new StreamsError('CONFIG_INVALID', `apps.${app}.eventhouse: give the cluster and the database to poll`);
  }
  const source = kqlSource<string, PolledEvent>({
    ...window,
    cluster,
    database,
    timeoutMs,
    credential: azure,
    clock,
    record: (row, cursor) => {
      const given = fields.map((field) => [field, row[columns[field] ?? field]] as const);
      const polled: PolledEvent = {
        ...Object.fromEntries(given.filter(([, value]) => value !== null && value !== undefined)),
        [time]: row[columns[time] ?? time] ?? cursor,
      };
      return { key: String(row[window.id]), value: polled, timestamp: Date.parse(cursor) };
    },
  });
  const value = format === 'json' ? serdes.json<PolledEvent>() : polledAvro(event, readJson);
  return { source, topic: config.topics.eventsRaw, key: serdes.string, value, pollIntervalMs };
}

/** Avro; a row that is no event goes on as JSON, for the ingester to say what is wrong with it. */
function polledAvro<E>(inner: Serde<E>, readJson: EventhouseOptions<E>['readJson']): Serde<PolledEvent> {
  return {
    name: inner.name,
    serialize: (topic, row, headers) => {
      const json = Buffer.from(JSON.stringify(row));
      const raw = readJson(json);
      return raw.kind === 'event' ? inner.serialize(topic, raw.event, headers) : json;
    },
    deserialize: () => {
      throw new StreamsError('DESERIALIZATION', 'rows of a source are only written');
    },
    prepare: async (use) => polledAvro((await inner.prepare?.(use)) ?? inner, readJson),
  };
}
