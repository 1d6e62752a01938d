import type { SampleFaults } from '../../../runtime/define-app.ts';
import type { Manifest } from '../../shared/sample/comparison.ts';
import { countFacts, type Facts } from '../../shared/sample/facts.ts';
import { breakRecord } from '../../shared/sample/malformed.ts';
import type { SampleRecord as SharedRecord } from '../../shared/sample/produce.ts';
import { createRandom, type Random } from '../../shared/sample/random.ts';
import { createFile } from '../../shared/sample/sample-file.ts';
import type { SampleFile } from '../../shared/sample/simulated-files.ts';
import { createManifestModel } from './manifest.ts';

/** An attachment of a sample event; its link is signed when the event is sent. */
export interface SampleAttachment extends SampleFile {
  readonly id: string;
  /** What stands in place of a link, where that is none. */
  readonly noLink: string | null;
}

/** An event as xact would send it: JSON, times in ISO 8601 with a zone; but for its attachments. */
export interface SampleEvent {
  readonly trace_id: string;
  readonly event_type: string;
  readonly event_subtype?: string;
  readonly timestamp: string;
  readonly attachments?: readonly SampleAttachment[];
  readonly payload?: Readonly<Record<string, unknown>>;
}

export type SampleRecord = SharedRecord<SampleEvent>;

export interface GeneratedSample {
  readonly records: readonly SampleRecord[];
  /** What the file host has, by id. */
  readonly files: ReadonlyMap<string, SampleAttachment>;
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

const SHARE = { malformed: 0.03, duplicate: 0.03, newAssignment: 0.3, linkTwice: 0.02, noLink: 0.005, noPayload: 0.05 };

interface TypeOfEvent {
  readonly type: string;
  /** Attachments, at the most. */
  readonly most: number;
}

const TYPES: readonly [TypeOfEvent, ...TypeOfEvent[]] = [
  { type: 'documentsReceived', most: 4 },
  { type: 'firstNoticeOfLossReceived', most: 2 },
  { type: 'estimatePackageReceived', most: 3 },
  { type: 'statusChanged', most: 0 },
  { type: 'noteAdded', most: 0 },
];

/** Ways to make an event none. */
const WRONG_FIELDS = {
  'no trace_id': { trace_id: undefined },
  'empty trace_id': { trace_id: '' },
  'no event_type': { event_type: undefined },
  'trace_id is a number': { trace_id: 4711 },
  'timestamp is not a time': { timestamp: 'yesterday' },
  'timestamp without a zone': { timestamp: '2026-01-03T08:00:00' },
  'attachments are objects': { attachments: [{ url: 1 }] },
  'attachments is a text': { attachments: 'see mail' },
};

/** The time of the first event; each next one comes up to four minutes later, so that a sample spans some days. */
const START_MS = Date.parse('2026-01-03T08:00:00Z');
const STEP_MS = 240_000;

/**
 * Makes sample input: events of assignments, with and without attachments; duplicates; malformed records; links that lead
 * to nothing, to places where they must not, or twice to the same file. The same options give the same sample.
 *
 * The manifest is counted here, event by event, from the rules of the application and not from its code.
 */
export function generateSample(options: GeneratorOptions): GeneratedSample {
  const random = createRandom(options.seed);
  const { faults } = options;
  const model = createManifestModel();
  const files = new Map<string, SampleAttachment>();
  const records: SampleRecord[] = [];
  const sent: (SampleRecord & { kind: 'event' })[] = [];
  let assignment = assignmentId(random);
  let atMs = START_MS;

  while (records.length < options.events) {
    atMs += random.int(0, STEP_MS);
    if (random.chance(faults === 'none' ? 0 : SHARE.malformed)) {
      const event = nextEvent(random, assignment, atMs, []);
      const broken = breakRecord(random, event.trace_id, event, WRONG_FIELDS);
      model.malformed(records.length, broken.what);
      records.push(broken);
      continue;
    }
    const earlier = sent[random.int(0, Math.max(0, sent.length - 1))];
    if (earlier !== undefined && random.chance(SHARE.duplicate)) {
      records.push({ ...earlier, duplicate: true });
      continue;
    }
    if (random.chance(SHARE.newAssignment)) assignment = assignmentId(random);
    const { type, most } = random.pick(TYPES);
    const attachments = Array.from({ length: random.int(0, most) }, () => createAttachment(random, faults));
    for (const attachment of attachments) files.set(attachment.id, attachment);
    const [first] = attachments;
    if (first !== undefined && random.chance(SHARE.linkTwice)) attachments.push(first);
    const event = nextEvent(random, assignment, atMs, attachments, type);
    const record = { kind: 'event' as const, key: event.trace_id, event, duplicate: false };
    records.push(record);
    sent.push(record);
    model.event(event);
  }
  const facts = model.facts();
  return { records, files, facts, manifest: countFacts(facts) };
}

function createAttachment(random: Random, faults: SampleFaults | undefined): SampleAttachment {
  const file = createFile(random, { mayFail: true, faults });
  const id = random.hex(12);
  const isLink = faults === 'none' || !random.chance(SHARE.noLink);
  return { ...file, id, noLink: isLink ? null : `see the mail of assignment ${id}` };
}

function assignmentId(random: Random): string {
  return random.hex(8).toUpperCase();
}

function nextEvent(
  random: Random,
  assignment: string,
  atMs: number,
  attachments: readonly SampleAttachment[],
  type = 'statusChanged',
): SampleEvent {
  const payload = {
    assignmentId: assignment,
    claimNumber: `CLM-${random.int(10_000_000, 99_999_999)}`,
    carrier: random.pick(['Evergreen Mutual', 'Granite State', 'Lakeshore', 'Plainsman']),
    estimateVersion: random.int(1, 9),
    description: `${type} of ${assignment}`,
    contact: { type: 'Insured', name: random.pick(['Avery', 'Blake', 'Casey', 'Devon']) },
  };
  return {
    trace_id: `trace-${random.hex(16)}`,
    event_type: `verisk.claims.property.xn.${type}`,
    ...(random.chance(0.5) ? { event_subtype: type } : {}),
    timestamp: new Date(atMs).toISOString(),
    ...(attachments.length > 0 || random.chance(0.5) ? { attachments } : {}),
    ...(random.chance(SHARE.noPayload) ? {} : { payload }),
  };
}
