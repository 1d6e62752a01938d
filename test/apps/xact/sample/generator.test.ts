import { describe, expect, it } from 'vitest';
import { generateSample, type SampleEvent } from '../../../../src/apps/xact/sample/generator.ts';

function eventsOf(sample: ReturnType<typeof generateSample>): SampleEvent[] {
  return sample.records.flatMap((record) => (record.kind === 'event' && !record.duplicate ? [record.event] : []));
}

describe('the sample generator of xact', () => {
  it('makes the same sample from the same options, and another from another seed', () => {
    expect(generateSample({ events: 500, seed: 3 })).toEqual(generateSample({ events: 500, seed: 3 }));
    const [one, two] = [1, 2].map((seed) => eventsOf(generateSample({ events: 50, seed })));
    expect(one).not.toEqual(two);
  });

  it.each([0, 1, 10, 333])('makes exactly %i records', (events) => {
    expect(generateSample({ events, seed: 9 }).records).toHaveLength(events);
  });

  it('holds what goes wrong in real life', () => {
    const sample = generateSample({ events: 10_000, seed: 1 });
    const attachments = eventsOf(sample).flatMap((event) => event.attachments ?? []);
    const fates = new Set(attachments.map(({ fate }) => fate));
    expect([...fates].toSorted()).toEqual(
      ['bad-type', 'expired-link', 'fine', 'foreign-host', 'forbidden', 'gone', 'private-address'].toSorted(),
    );
    expect(attachments.some(({ noLink }) => noLink !== null)).toBe(true);
    expect(new Set(attachments).size).toBeLessThan(attachments.length);
    expect(eventsOf(sample).some(({ attachments }) => attachments === undefined)).toBe(true);
    expect(new Set(eventsOf(sample).map(({ timestamp }) => timestamp.slice(0, 10))).size).toBeGreaterThan(2);
    const broken = sample.records.flatMap((record) => (record.kind === 'malformed' ? [record.what] : []));
    expect(new Set(broken).size).toBeGreaterThan(10);
    expect(sample.records.some((record) => record.kind === 'event' && record.duplicate)).toBe(true);
  });

  it('never gives two events the same id', () => {
    const ids = eventsOf(generateSample({ events: 5000, seed: 4 })).map((event) => event.trace_id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the manifest of xact', () => {
  it('counts each event once, and each of its attachments once, whatever was sent twice', () => {
    const sample = generateSample({ events: 3000, seed: 2 });
    const events = eventsOf(sample);
    const pairs = new Set(
      events.flatMap((event) => (event.attachments ?? []).map(({ id }) => `${event.trace_id} ${id}`)),
    );
    expect(sample.manifest.tables).toEqual({ xact_events: events.length, xact_attachments: pairs.size });
    expect(sample.manifest.deadLetters['xact.events.dlq']).toBe(
      sample.records.filter((record) => record.kind === 'malformed').length,
    );
    const lost = [...sample.files.values()].filter(({ fate, noLink }) => fate !== 'fine' || noLink !== null);
    expect(sample.manifest.deadLetters['xact.downloads.dlq']).toBe(lost.length);
  });
});
