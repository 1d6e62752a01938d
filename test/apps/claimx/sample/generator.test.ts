import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../../../src/apps/claimx/event-types.ts';
import { generateSample, type SampleEvent } from '../../../../src/apps/claimx/sample/generator.ts';

function eventsOf(sample: ReturnType<typeof generateSample>): SampleEvent[] {
  return sample.records.flatMap((record) => (record.kind === 'event' && !record.duplicate ? [record.event] : []));
}

describe('the sample generator', () => {
  it('makes the same sample from the same options', () => {
    expect(generateSample({ events: 500, seed: 3 })).toEqual(generateSample({ events: 500, seed: 3 }));
  });

  it('makes another sample from another seed', () => {
    const ids = (seed: number): string[] =>
      eventsOf(generateSample({ events: 50, seed })).map((event) => event.event_id);
    expect(ids(1)).not.toEqual(ids(2));
  });

  it.each([0, 1, 10, 333])('makes exactly %i records', (events) => {
    expect(generateSample({ events, seed: 9 }).records).toHaveLength(events);
  });

  it('holds all nine types of events, a type that is unknown, duplicates and malformed records', () => {
    const sample = generateSample({ events: 2000, seed: 1 });
    const types = new Set(eventsOf(sample).map((event) => event.event_type));
    for (const type of EVENT_TYPES) expect(types).toContain(type);
    expect(types).toContain('PROJECT_ARCHIVED');
    expect(sample.records.some((record) => record.kind === 'event' && record.duplicate)).toBe(true);
    const kinds = new Set(sample.records.flatMap((record) => (record.kind === 'malformed' ? [record.what] : [])));
    expect(kinds.size).toBeGreaterThan(10);
  });

  it('never gives two events the same id', () => {
    const ids = eventsOf(generateSample({ events: 5000, seed: 4 })).map((event) => event.event_id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('comes in bursts: most events concern the project of the event before', () => {
    const projects = eventsOf(generateSample({ events: 2000, seed: 5 })).map((event) => event.project_id);
    const same = projects.filter((project, i) => i > 0 && project === projects[i - 1]).length;
    expect(same / projects.length).toBeGreaterThan(0.5);
  });

  it('names each file that cannot be had in exactly one event, so that dead letters can be counted', () => {
    const sample = generateSample({ events: 5000, seed: 6 });
    const failing = [...sample.world.media.values()]
      .flat()
      .filter((media) => media.fate !== 'fine' && media.fate !== 'expired-link');
    expect(failing.length).toBeGreaterThan(20);
    const events = eventsOf(sample);
    for (const media of failing) {
      expect(events.filter((event) => event.media_id === media.mediaId)).toHaveLength(1);
      const named = events.some((e) => e.project_id === media.projectId && e.event_type === 'PROJECT_MFN_ADDED');
      expect(named).toBe(false);
    }
  });

  it('has every kind of failing file and call in a large sample', () => {
    const { world } = generateSample({ events: 10_000, seed: 7 });
    const fates = new Set([...world.media.values()].flat().map((media) => media.fate));
    expect([...fates].sort()).toEqual(
      ['bad-type', 'expired-link', 'fine', 'foreign-host', 'forbidden', 'gone', 'private-address'].sort(),
    );
    const calls = new Set([...world.tasks.values(), ...world.videos.values()].map((item) => item.fate));
    expect([...calls].sort()).toEqual(['bad-request', 'broken', 'fine']);
    expect([...world.media.values()].flat().some((media) => media.sizeBytes > 50 << 20)).toBe(true);
  });
});

describe('the manifest', () => {
  it('has all ten tables and all three dead-letter topics', () => {
    const { manifest } = generateSample({ events: 100, seed: 1 });
    expect(Object.keys(manifest.tables)).toHaveLength(10);
    expect(Object.keys(manifest.deadLetters)).toEqual([
      'claimx.events.dlq',
      'claimx.enrichment.dlq',
      'claimx.downloads.dlq',
    ]);
  });

  it('counts each event once, whatever was sent twice', () => {
    const sample = generateSample({ events: 3000, seed: 2 });
    expect(sample.manifest.tables['claimx_events']).toBe(eventsOf(sample).length);
    expect(sample.manifest.tables['claimx_event_log']).toBe(eventsOf(sample).length);
    const malformed = sample.records.filter((record) => record.kind === 'malformed').length;
    expect(sample.manifest.deadLetters['claimx.events.dlq']).toBe(malformed);
  });

  it('never expects more rows than the world holds', () => {
    const { manifest, world } = generateSample({ events: 3000, seed: 8 });
    expect(manifest.tables['claimx_projects']).toBeLessThanOrEqual(world.projects.size);
    expect(manifest.tables['claimx_tasks']).toBeLessThanOrEqual(world.tasks.size);
    expect(manifest.tables['claimx_video_collab']).toBeLessThanOrEqual(world.videos.size);
    const media = [...world.media.values()].flat().length;
    expect(manifest.tables['claimx_attachment_metadata']).toBeLessThanOrEqual(media);
    for (const count of Object.values(manifest.tables)) expect(count).toBeGreaterThan(0);
  });
});
