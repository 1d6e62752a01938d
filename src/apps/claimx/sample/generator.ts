import type { SampleFaults } from '../../../runtime/define-app.ts';
import type { EventType } from '../event-types.ts';
import type { Manifest } from '../../shared/sample/comparison.ts';
import { countFacts, type Facts } from '../../shared/sample/facts.ts';
import { breakRecord } from '../../shared/sample/malformed.ts';
import type { SampleRecord as SharedRecord } from '../../shared/sample/produce.ts';
import { createRandom, type Random } from '../../shared/sample/random.ts';
import { createManifestModel } from './manifest.ts';
import { createProject, type SampleProject } from './sample-project.ts';
import { emptyWorld, type World } from './world.ts';

/** An event as ClaimX would send it: JSON, times in ISO 8601 with a zone. */
export interface SampleEvent {
  readonly event_id: string;
  readonly event_type: string;
  readonly project_id: string;
  readonly ingested_at: string;
  readonly media_id?: string;
  readonly task_assignment_id?: string;
  readonly video_collaboration_id?: string;
  readonly master_file_name?: string;
  readonly raw_data?: Readonly<Record<string, unknown>>;
}

/** A record for claimx.events.raw. */
export type SampleRecord = SharedRecord<SampleEvent>;

export interface GeneratedSample {
  readonly records: readonly SampleRecord[];
  readonly world: World;
  readonly facts: Facts;
  readonly manifest: Manifest;
}

export interface GeneratorOptions {
  /** Records in all, duplicates and malformed ones included. */
  readonly events: number;
  readonly seed: number;
  /** Without it: malformed records and files that cannot be had, but none that are slow or too large. */
  readonly faults?: SampleFaults;
}

const SHARE = { malformed: 0.03, duplicate: 0.03, newProject: 0.06, switchProject: 0.25, unknownType: 0.01 };

/** Ways to make an event none. */
const WRONG_FIELDS = {
  'no event_id': { event_id: undefined },
  'empty event_id': { event_id: '' },
  'no project_id': { project_id: undefined },
  'event_type is null': { event_type: null },
  'project_id is a number': { project_id: 4711 },
  'ingested_at is not a time': { ingested_at: 'yesterday' },
  'ingested_at without a zone': { ingested_at: '2026-01-03T08:00:00' },
  'media_id is an object': { media_id: { id: 1 } },
};

/** The time of the first event; each next one comes up to two seconds later. */
const START_MS = Date.parse('2026-01-03T08:00:00Z');

/**
 * Makes sample input: bursts of events around one project at a time, as when an adjuster works on a claim; duplicates;
 * malformed records; things the API does not know; files that cannot be had. The same options give the same sample.
 *
 * The manifest is counted here, event by event, from the rules of the application and not from its code.
 */
export function generateSample(options: GeneratorOptions): GeneratedSample {
  const random = createRandom(options.seed);
  const malformed = options.faults === 'none' ? 0 : SHARE.malformed;
  const world = emptyWorld();
  const model = createManifestModel();
  const records: SampleRecord[] = [];
  const sent: (SampleRecord & { kind: 'event' })[] = [];
  const projects: SampleProject[] = [];
  let current: SampleProject | null = null;
  let atMs = START_MS;

  while (records.length < options.events) {
    atMs += random.int(0, 2000);
    const earlier = sent[random.int(0, Math.max(0, sent.length - 1))];
    if (random.chance(malformed)) {
      const event = nextEvent(random, 'PROJECT_CREATED', `p-${random.hex(8)}`, atMs, {});
      const broken = breakRecord(random, event.event_id, event, WRONG_FIELDS);
      model.malformed(records.length, broken.what);
      records.push(broken);
      continue;
    }
    if (earlier !== undefined && random.chance(SHARE.duplicate)) {
      records.push({ ...earlier, duplicate: true });
      continue;
    }
    if (current === null || random.chance(SHARE.newProject)) {
      current = createProject(random, world, atMs, options.faults);
      projects.push(current);
    } else if (random.chance(SHARE.switchProject)) {
      current = projects[Math.max(0, projects.length - random.int(1, 12))] ?? current;
    }
    const fact: { type: EventType | 'PROJECT_ARCHIVED'; fields: Partial<SampleEvent> } = random.chance(
      SHARE.unknownType,
    )
      ? { type: 'PROJECT_ARCHIVED', fields: {} }
      : current.nextFact(random, world, atMs);
    const event = nextEvent(random, fact.type, current.projectId, atMs, fact.fields);
    // The source spreads its records by event, so duplicates may land anywhere; order is only what a partition gives.
    const record = { kind: 'event' as const, key: event.event_id, event, duplicate: false };
    records.push(record);
    sent.push(record);
    model.event(event);
  }
  const facts = model.facts(world);
  return { records, world, facts, manifest: countFacts(facts) };
}

function nextEvent(
  random: Random,
  type: EventType | 'PROJECT_ARCHIVED',
  projectId: string,
  atMs: number,
  fields: Partial<SampleEvent>,
): SampleEvent {
  return {
    event_id: `evt-${random.hex(16)}`,
    event_type: type,
    project_id: projectId,
    ingested_at: new Date(atMs).toISOString(),
    ...fields,
  };
}
