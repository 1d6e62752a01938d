import { describe, expect, it } from 'vitest';
import { columnsOf, flattenEvent, subtypeOf } from '../../../src/apps/xact/flatten-event.ts';
import { eventOf, LINK, NOW } from './fakes.ts';

describe('the row of an event', () => {
  it('has what the payload says as columns, and the payload itself', () => {
    const payload = JSON.stringify({
      assignmentId: 'A1',
      claimNumber: 77,
      contact: { type: 'Insured', name: 'Avery' },
      other: true,
    });
    expect(flattenEvent(eventOf({ payload }), NOW + 5)).toMatchObject({
      trace_id: 't-1',
      event_subtype: 'documentsReceived',
      assignment_id: 'A1',
      claim_number: '77',
      contact_type: 'Insured',
      contact_name: 'Avery',
      carrier: null,
      payload,
      created_at: NOW + 5,
    });
  });

  it('is of the UTC day of the event', () => {
    const dayOf = (time: string) => flattenEvent(eventOf({ timestamp: Date.parse(time) }), NOW).event_date;
    const day = Date.parse('2026-01-03T00:00:00Z') / 86_400_000;
    expect(dayOf('2026-01-03T00:00:00Z')).toBe(day);
    expect(dayOf('2026-01-03T23:59:59.999Z')).toBe(day);
    expect(dayOf('2026-01-03T23:30:00-01:00')).toBe(day + 1);
    expect(dayOf('1970-01-01T00:00:00Z')).toBe(0);
  });

  it('shows links without signatures and credentials, and counts a file once', () => {
    const again = LINK.replace('secret', 'another');
    const row = flattenEvent(eventOf({ attachments: [LINK, again, 'https://me:pw@x/b.pdf', 'see mail'] }), NOW);
    expect(row.attachments).toEqual([
      'https://claims.s3.amazonaws.com/a/photo%201.jpg',
      'https://x/b.pdf',
      '<not a URL>',
    ]);
    expect(row.attachment_count).toBe(3);
  });
});

describe('the columns of a payload', () => {
  it.each([
    ['nothing', null],
    ['no JSON', '<xml/>'],
    ['a list', '[1]'],
    ['a text', '"A1"'],
    ['null', 'null'],
  ])('are all null for %s', (_what, payload) => {
    expect(new Set(Object.values(columnsOf(payload)))).toEqual(new Set([null]));
  });

  it('are null where the payload has another shape there', () => {
    const columns = columnsOf('{"assignmentId":{"id":1},"contact":"Avery","note":["a"],"author":"B"}');
    expect(columns).toMatchObject({ assignment_id: null, contact_name: null, note: null, author: 'B' });
  });
});

describe('the subtype of an event', () => {
  it('is what the source says, else the last part of the type', () => {
    expect(subtypeOf(eventOf({ event_subtype: 'own' }))).toBe('own');
    expect(subtypeOf(eventOf())).toBe('documentsReceived');
    expect(subtypeOf(eventOf({ event_type: 'plain' }))).toBe('plain');
  });
});
