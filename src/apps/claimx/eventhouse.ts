import { StreamsError } from '../../core/errors.ts';
import type { Serde } from '../../core/serde.ts';
import type { StageContext } from '../../runtime/define-app.ts';
import type { SourcePlan } from '../../runtime/source-runner.ts';
import { serdes } from '../../serdes/serdes.ts';
import { kqlSource } from '../../sources/kql/kql-source.ts';
import type { ClaimxConfig } from './config.ts';
import { readJson } from './raw-event.ts';
import type { Event } from './schemas.generated.ts';
import { eventSerde, textKey } from './serdes.ts';

const FIELDS = [
  'event_id',
  'event_type',
  'project_id',
  'ingested_at',
  'media_id',
  'task_assignment_id',
  'video_collaboration_id',
  'master_file_name',
  'raw_data',
] as const satisfies readonly (keyof Event)[];

/** A row of Eventhouse by the names of the event's fields; what it holds is for the ingester to judge. */
type PolledEvent = Readonly<Record<string, unknown>>;

/** Eventhouse → claimx.events.raw. @throws CONFIG_INVALID where no cluster is configured */
export function eventhouseSource({ config, azure, clock }: StageContext<ClaimxConfig>): SourcePlan {
  const { cluster, database, columns, format, timeoutMs, pollIntervalMs, ...window } = config.eventhouse;
  if (cluster === '' || database === '') {
    throw new StreamsError('CONFIG_INVALID', 'apps.claimx.eventhouse: give the cluster and the database to poll');
  }
  const source = kqlSource<string, PolledEvent>({
    ...window,
    cluster,
    database,
    timeoutMs,
    credential: azure,
    clock,
    record: (row, cursor) => {
      const given = FIELDS.map((field) => [field, row[columns[field] ?? field]] as const);
      const event: PolledEvent = {
        ...Object.fromEntries(given.filter(([, value]) => value !== null && value !== undefined)),
        ingested_at: row[columns['ingested_at'] ?? 'ingested_at'] ?? cursor,
      };
      return { key: String(row[window.id]), value: event, timestamp: Date.parse(cursor) };
    },
  });
  const value = format === 'json' ? serdes.json<PolledEvent>() : polledAvro(eventSerde);
  return { source, topic: config.topics.eventsRaw, key: textKey, value, pollIntervalMs };
}

/** Avro; a row that is no event goes on as JSON, for the ingester to say what is wrong with it. */
function polledAvro(inner: Serde<Event>): Serde<PolledEvent> {
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
    prepare: async (use) => polledAvro((await inner.prepare?.(use)) ?? inner),
  };
}
