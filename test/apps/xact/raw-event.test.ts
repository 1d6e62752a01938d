import { describe, expect, it } from 'vitest';
import { rawEventSerde, readJson } from '../../../src/apps/xact/raw-event.ts';
import { newEvent } from '../../../src/apps/xact/schemas.generated.ts';
import { EmbeddedRegistry } from '../../../src/embedded/registry.ts';
import { eventOf } from './fakes.ts';

const TOPIC = 'xact.events.raw';
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const event = {
  trace_id: 't-1',
  event_type: 'verisk.claims.property.xn.documentsReceived',
  timestamp: '2026-01-03T10:00:00+02:00',
  attachments: ['https://x/a.jpg'],
  payload: { assignmentId: 'A1' },
};

describe('raw events of xact', () => {
  it('are read from JSON, with times of any zone', () => {
    expect(readJson(json(event))).toEqual({
      kind: 'event',
      event: newEvent({
        trace_id: 't-1',
        event_type: event.event_type,
        timestamp: Date.parse('2026-01-03T08:00:00Z'),
        attachments: ['https://x/a.jpg'],
        payload: '{"assignmentId":"A1"}',
      }),
    });
  });

  it('are read from Avro', async () => {
    const use = { topic: TOPIC, role: 'value', direction: 'both', registry: new EmbeddedRegistry() } as const;
    const serde = await rawEventSerde().prepare?.(use);
    const value = { kind: 'event', event: eventOf() } as const;
    expect(serde?.deserialize(TOPIC, serde.serialize(TOPIC, value))).toEqual(value);
    const nameless = serde?.serialize(TOPIC, { kind: 'event', event: eventOf({ trace_id: '' }) });
    expect(nameless && serde?.deserialize(TOPIC, nameless)).toMatchObject({ reason: 'the event lacks trace_id' });
  });

  it.each([
    ['none', undefined, []],
    ['null', null, []],
    ['an empty text', '', []],
    ['JSON text, as of a dynamic column', '["https://x/a.jpg"]', ['https://x/a.jpg']],
  ])('may have their attachments as %s', (_what, attachments, links) => {
    expect(readJson(json({ ...event, attachments }))).toMatchObject({ event: { attachments: links } });
  });

  it.each([
    ['no trace_id', { trace_id: undefined }, 'trace_id'],
    ['an empty event_type', { event_type: '' }, 'event_type'],
    ['a time without a zone', { timestamp: '2026-01-03T08:00:00' }, 'timestamp'],
    ['attachments that are objects', { attachments: [{ url: 'secret' }] }, 'attachments'],
    ['attachments that are another text', { attachments: 'secret' }, 'attachments'],
    ['attachments that are JSON of something else', { attachments: '{"a":"secret"}' }, 'attachments'],
    ['a number for the payload', { payload: 1 }, 'payload'],
  ])('are malformed with %s, and the reason names the field and not its value', (_what, fields, reason) => {
    const raw = readJson(json({ ...event, ...fields }));
    expect(raw).toMatchObject({ kind: 'malformed', reason: expect.stringContaining(reason) });
    expect(raw).not.toMatchObject({ reason: expect.stringContaining('secret') });
  });
});
