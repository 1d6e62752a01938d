import { describe, expect, it } from 'vitest';
import { rawEventSerde, type RawEvent } from '../../../src/apps/claimx/raw-event.ts';
import { newEvent } from '../../../src/apps/claimx/schemas.generated.ts';
import { eventSerde } from '../../../src/apps/claimx/serdes.ts';
import { StreamsError } from '../../../src/core/errors.ts';
import { EmbeddedRegistry } from '../../../src/embedded/registry.ts';
import { NeedsPreparation, type SchemaRegistry, type Serde } from '../../../src/core/serde.ts';

const TOPIC = 'claimx.events.raw';

async function prepared<T>(serde: Serde<T>, registry: SchemaRegistry, direction: 'read' | 'write'): Promise<Serde<T>> {
  return (await serde.prepare?.({ topic: TOPIC, role: 'value', direction, registry })) ?? serde;
}

async function read(serde: Serde<RawEvent>, bytes: Buffer): Promise<RawEvent> {
  try {
    return serde.deserialize(TOPIC, bytes);
  } catch (error) {
    if (!(error instanceof NeedsPreparation)) throw error;
    await serde.recover?.(error);
    return serde.deserialize(TOPIC, bytes);
  }
}

const event = {
  event_id: 'e-1',
  event_type: 'PROJECT_FILE_ADDED',
  project_id: 'p-1',
  ingested_at: '2026-01-03T10:00:00+02:00',
  media_id: 'm-1',
  raw_data: { contact: { contactId: 'c-1' } },
};
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('raw events', () => {
  it('are read from JSON, with times of any zone', async () => {
    const serde = await prepared(rawEventSerde(), new EmbeddedRegistry(), 'read');
    expect(await read(serde, json(event))).toEqual({
      kind: 'event',
      event: newEvent({
        event_id: 'e-1',
        event_type: 'PROJECT_FILE_ADDED',
        project_id: 'p-1',
        ingested_at: Date.parse('2026-01-03T08:00:00Z'),
        media_id: 'm-1',
        raw_data: '{"contact":{"contactId":"c-1"}}',
      }),
    });
  });

  it('are read from Avro, of a schema that is met for the first time', async () => {
    const registry = new EmbeddedRegistry();
    const value = newEvent({ event_id: 'e-1', event_type: 'X', project_id: 'p-1', ingested_at: 5, media_id: 'm-1' });
    const bytes = (await prepared(eventSerde, registry, 'write')).serialize(TOPIC, value);
    const serde = await prepared(rawEventSerde(), registry, 'read');
    expect(await read(serde, bytes)).toEqual({ kind: 'event', event: value });
  });

  it('may hold fields that nobody knows yet', async () => {
    const serde = await prepared(rawEventSerde(), new EmbeddedRegistry(), 'read');
    expect(await read(serde, json({ ...event, brand_new: 1 }))).toMatchObject({ kind: 'event' });
  });

  it.each([
    ['not JSON', Buffer.from('<html>'), 'neither Avro nor JSON'],
    ['nothing', Buffer.alloc(0), 'empty'],
    ['a list', json([event]), 'value'],
    ['no event_id', json({ ...event, event_id: undefined }), 'event_id'],
    ['an empty project_id', json({ ...event, project_id: '' }), 'project_id'],
    ['a number for event_type', json({ ...event, event_type: 4711 }), 'event_type'],
    ['a time without a zone', json({ ...event, ingested_at: '2026-01-03T08:00:00' }), 'ingested_at'],
    ['a day that is not', json({ ...event, ingested_at: '2026-13-03T08:00:00Z' }), 'ingested_at'],
    ['an object for media_id', json({ ...event, media_id: {} }), 'media_id'],
    ['a number for raw_data', json({ ...event, raw_data: 1 }), 'raw_data'],
    ['Avro of an unknown schema', Buffer.from([0, 0, 0, 0, 99, 1, 2, 3]), ''],
    ['Avro that is cut short', Buffer.from([0, 0, 0]), ''],
  ])('are malformed, with the reason and their bytes: %s', async (_what, bytes, reason) => {
    const serde = await prepared(rawEventSerde(), new EmbeddedRegistry(), 'read');
    const raw = await read(serde, bytes);
    expect(raw).toMatchObject({ kind: 'malformed', payload: bytes, code: 'DESERIALIZATION' });
    expect(raw.kind === 'malformed' && raw.reason).toContain(reason);
    expect(raw.kind === 'malformed' && raw.reason).not.toContain('4711');
  });

  it('are malformed when Avro holds empty texts where an event needs some', async () => {
    const registry = new EmbeddedRegistry();
    const value = newEvent({ event_id: '', event_type: 'X', project_id: 'p-1', ingested_at: 5 });
    const bytes = (await prepared(eventSerde, registry, 'write')).serialize(TOPIC, value);
    const serde = await prepared(rawEventSerde(), registry, 'read');
    expect(await read(serde, bytes)).toMatchObject({ kind: 'malformed', reason: 'the event lacks event_id' });
  });

  it('wait for a registry that does not answer instead of being called malformed', async () => {
    const registry = new EmbeddedRegistry();
    registry.schema = () => Promise.reject(new StreamsError('REGISTRY_UNAVAILABLE', 'down'));
    const serde = await prepared(rawEventSerde(), registry, 'read');
    await expect(read(serde, Buffer.from([0, 0, 0, 0, 99, 1]))).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  });
});
