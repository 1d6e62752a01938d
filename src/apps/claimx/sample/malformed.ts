import type { SampleEvent, SampleRecord } from './generator.ts';
import type { Random } from './random.ts';

type Breakage = (event: SampleEvent) => { readonly what: string; readonly value: Buffer | null };

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Ways in which real sources break their records. None of them may be readable as an event. */
const BREAKAGES: readonly [Breakage, ...Breakage[]] = [
  () => ({ what: 'no value', value: null }),
  () => ({ what: 'empty value', value: Buffer.alloc(0) }),
  (event) => ({ what: 'cut short', value: json(event).subarray(0, 40) }),
  () => ({ what: 'not JSON', value: Buffer.from('<html><body>503 Service Unavailable</body></html>') }),
  (event) => ({ what: 'a list', value: json([event]) }),
  (event) => ({ what: 'no event_id', value: json({ ...event, event_id: undefined }) }),
  (event) => ({ what: 'empty event_id', value: json({ ...event, event_id: '' }) }),
  (event) => ({ what: 'no project_id', value: json({ ...event, project_id: undefined }) }),
  (event) => ({ what: 'event_type is null', value: json({ ...event, event_type: null }) }),
  (event) => ({ what: 'project_id is a number', value: json({ ...event, project_id: 4711 }) }),
  (event) => ({ what: 'ingested_at is not a time', value: json({ ...event, ingested_at: 'yesterday' }) }),
  (event) => ({ what: 'ingested_at without a zone', value: json({ ...event, ingested_at: '2026-01-03T08:00:00' }) }),
  (event) => ({ what: 'media_id is an object', value: json({ ...event, media_id: { id: 1 } }) }),
  () => ({ what: 'Avro of an unknown schema', value: Buffer.from([0, 0x7f, 0xff, 0xff, 0x01, 2, 4, 6]) }),
  () => ({ what: 'bytes', value: Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0xff, 0xfe]) }),
];

export function breakRecord(random: Random, event: SampleEvent): SampleRecord {
  const { what, value } = random.pick(BREAKAGES)(event);
  return { kind: 'malformed', key: random.chance(0.2) ? null : event.event_id, value, what };
}
