import type { SampleFaults } from '../../../runtime/define-app.ts';
import type { ApiContact, ApiTask, ApiVideo } from '../api-types.ts';
import type { EventType } from '../event-types.ts';
import type { SampleEvent } from './generator.ts';
import { createMedia } from './sample-media.ts';
import type { Random } from '../../shared/sample/random.ts';
import type { CallFate, WorldDraft } from './world.ts';

/** Something that happened in a project, as the event about it tells. */
export interface Fact {
  readonly type: EventType;
  readonly fields: Partial<SampleEvent>;
}

export interface SampleProject {
  readonly projectId: string;
  /** The next thing that happens in this project; adds to the world what the API then knows. */
  nextFact(random: Random, world: WorldDraft, atMs: number): Fact;
}

const iso = (ms: number): string => new Date(ms).toISOString();
const DAY = 86_400_000;
const CITIES = ['Austin', 'Denver', 'Lehi', 'Tampa', 'Dallas'] as const;
const LOSSES = ['WATER', 'FIRE', 'WIND', 'HAIL', 'THEFT'] as const;
const CARRIERS = ['Evergreen Mutual', 'Granite State', 'Lakeshore', 'Plainsman'] as const;
const NAMES = ['Avery', 'Blake', 'Casey', 'Devon', 'Emery', 'Finley', 'Harper', 'Jordan', 'Quinn', 'Rowan'] as const;
const TEMPLATES = ['Photos of the roof', 'Contents list', 'Proof of loss', 'Signature', 'Moisture readings'] as const;

export function createProject(random: Random, world: WorldDraft, atMs: number, faults?: SampleFaults): SampleProject {
  const projectId = `p-${random.hex(10)}`;
  // A few projects are gone from ClaimX by the time their events are handled.
  const known = !random.chance(0.025);
  // Master file names concern all of a project's media, so projects with media that cannot be had get none: each failing
  // download then stems from exactly one event.
  const named = random.chance(0.3);
  if (known) {
    world.projects.set(projectId, {
      projectId,
      projectNumber: `CX-${random.int(100_000, 999_999)}`,
      masterFileName: named ? `MFN-${random.hex(6).toUpperCase()}` : null,
      projectName: `${random.pick(LOSSES)} in ${random.pick(CITIES)}`,
      status: 'OPEN',
      typeOfLoss: random.pick(LOSSES),
      claimNumber: `CLM-${random.int(10_000_000, 99_999_999)}`,
      policyNumber: `POL-${random.int(1_000_000, 9_999_999)}`,
      carrierName: random.pick(CARRIERS),
      dateOfLoss: iso(atMs - random.int(1, 60) * DAY),
      createdAt: iso(atMs),
    });
  }
  let created = random.chance(0.1); // The event of its creation was before the sample, or got lost.
  const assigned: string[] = [];
  const invited: ApiContact[] = [];
  const calls: string[] = [];

  const addContact = (random: Random, world: WorldDraft, atMs: number): Fact => {
    const again = invited[0];
    if (again !== undefined && random.chance(0.2)) return invitation('POLICYHOLDER_INVITED', again);
    const contact = createContact(random, atMs);
    // The API may not list a contact yet: then the payload is all there is.
    if (known && random.chance(0.9)) world.contacts.set(projectId, [...(world.contacts.get(projectId) ?? []), contact]);
    invited.push(contact);
    return invitation('POLICYHOLDER_INVITED', contact);
  };
  const join = (world: WorldDraft, atMs: number): Fact | null => {
    const contact = invited.shift();
    if (contact === undefined) return null;
    const joined = { ...contact, inviteStatus: 'JOINED', joinedAt: iso(atMs) };
    const others = world.contacts.get(projectId) ?? [];
    world.contacts.set(
      projectId,
      others.map((other) => (other.contactId === contact.contactId ? joined : other)),
    );
    return invitation('POLICYHOLDER_JOINED', joined);
  };
  const assign = (random: Random, world: WorldDraft, atMs: number): Fact => {
    const task = createTask(random, projectId, atMs);
    // Some tasks are gone by the time their event is handled: then the API answers 404.
    if (known && random.chance(0.97)) world.tasks.set(task.assignmentId, { api: task, fate: callFate(random, faults) });
    assigned.push(task.assignmentId);
    return { type: 'CUSTOM_TASK_ASSIGNED', fields: { task_assignment_id: task.assignmentId } };
  };
  const complete = (world: WorldDraft, atMs: number): Fact | null => {
    const id = assigned.shift();
    if (id === undefined) return null;
    const task = world.tasks.get(id);
    if (task) world.tasks.set(id, { ...task, api: { ...task.api, status: 'COMPLETED', completedAt: iso(atMs) } });
    return { type: 'CUSTOM_TASK_COMPLETED', fields: { task_assignment_id: id } };
  };
  const call = (random: Random, world: WorldDraft, atMs: number): Fact => {
    const video = createVideo(random, projectId, atMs);
    if (known && random.chance(0.97)) {
      world.videos.set(video.collaborationId, { api: video, fate: callFate(random, faults) });
    }
    calls.push(video.collaborationId);
    return { type: 'VIDEO_COLLABORATION_INVITE_SENT', fields: { video_collaboration_id: video.collaborationId } };
  };
  const endCall = (random: Random, world: WorldDraft, atMs: number): Fact | null => {
    const id = calls.shift();
    if (id === undefined) return null;
    const video = world.videos.get(id);
    if (video) world.videos.set(id, { ...video, api: completeVideo(random, video.api, atMs) });
    return { type: 'VIDEO_COLLABORATION_COMPLETED', fields: { video_collaboration_id: id } };
  };
  const addFile = (random: Random, world: WorldDraft, atMs: number): Fact => {
    const media = createMedia(random, projectId, atMs, { mayFail: !named, faults });
    // A file may be deleted again before its event is handled: then the API does not list it.
    if (known && random.chance(0.98)) world.media.set(projectId, [...(world.media.get(projectId) ?? []), media]);
    return { type: 'PROJECT_FILE_ADDED', fields: { media_id: media.mediaId } };
  };

  return {
    projectId,
    nextFact: (random, world, atMs) => {
      if (!created) {
        created = true;
        return { type: 'PROJECT_CREATED', fields: { raw_data: { source: 'claimx' } } };
      }
      const at = random.next();
      const fact =
        at < 0.5
          ? null
          : at < 0.62
            ? assign(random, world, atMs)
            : at < 0.71
              ? complete(world, atMs)
              : at < 0.79
                ? addContact(random, world, atMs)
                : at < 0.85
                  ? join(world, atMs)
                  : at < 0.9
                    ? call(random, world, atMs)
                    : at < 0.94
                      ? endCall(random, world, atMs)
                      : named
                        ? mfn(world, projectId)
                        : null;
      return fact ?? addFile(random, world, atMs);
    },
  };
}

function mfn(world: WorldDraft, projectId: string): Fact {
  const name = world.projects.get(projectId)?.masterFileName;
  return { type: 'PROJECT_MFN_ADDED', fields: { master_file_name: name ?? 'MFN-UNKNOWN' } };
}

function invitation(type: EventType, contact: ApiContact): Fact {
  const { contactId, contactType, firstName, lastName, email, phoneNumber, isPrimary, invitedAt } = contact;
  const payload = { contactId, contactType, firstName, lastName, email, phoneNumber, isPrimary, invitedAt };
  return { type, fields: { raw_data: { contact: payload } } };
}

function callFate(random: Random, faults: SampleFaults | undefined): CallFate {
  const at = random.next();
  if (faults === 'none') return 'fine';
  return at < 0.02 ? 'bad-request' : at < 0.03 ? 'broken' : 'fine';
}

function createContact(random: Random, atMs: number): ApiContact {
  const firstName = random.pick(NAMES);
  const lastName = random.pick(NAMES);
  return {
    contactId: `c-${random.hex(10)}`,
    contactType: 'POLICYHOLDER',
    firstName,
    lastName,
    email: `${firstName}.${lastName}@example.com`.toLowerCase(),
    phoneNumber: `+1-555-${random.int(1000, 9999)}`,
    isPrimary: random.chance(0.6),
    inviteStatus: 'INVITED',
    invitedAt: iso(atMs),
  };
}

function createTask(random: Random, projectId: string, atMs: number): ApiTask {
  const template = random.int(0, TEMPLATES.length - 1);
  const assignmentId = `t-${random.hex(10)}`;
  return {
    assignmentId,
    projectId,
    name: TEMPLATES[template],
    status: 'ASSIGNED',
    assigneeId: `u-${random.hex(6)}`,
    assignedAt: iso(atMs),
    dueAt: iso(atMs + 7 * DAY),
    template: {
      templateId: `tpl-${template}`,
      name: TEMPLATES[template],
      description: null,
      formId: `form-${template}`,
      formType: 'CUSTOM',
      enabled: true,
    },
    link: random.chance(0.4)
      ? {
          linkId: `l-${random.hex(10)}`,
          url: `https://www.claimxperience.com/link/${assignmentId}`,
          description: 'Opens the task',
          expiresAt: iso(atMs + 30 * DAY),
        }
      : null,
  };
}

function createVideo(random: Random, projectId: string, atMs: number): ApiVideo {
  return {
    collaborationId: `v-${random.hex(10)}`,
    projectId,
    status: 'INVITED',
    hostName: `${random.pick(NAMES)} ${random.pick(NAMES)}`,
    invitedAt: iso(atMs),
  };
}

function completeVideo(random: Random, video: ApiVideo, atMs: number): ApiVideo {
  const recordings = random.int(0, 2);
  return {
    ...video,
    status: 'COMPLETED',
    sessionCount: random.int(1, 3),
    photoCount: random.int(0, 20),
    videoCount: recordings,
    totalSeconds: random.int(60, 3600),
    recordingUrls: Array.from(
      { length: recordings },
      (_, i) => `https://www.claimxperience.com/recordings/${video.collaborationId}/${i}.mp4`,
    ),
    completedAt: iso(atMs),
  };
}
