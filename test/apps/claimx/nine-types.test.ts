import { describe, expect, it } from 'vitest';
import { enrichBatch } from '../../../src/apps/claimx/enrich.ts';
import { EVENT_TYPES, type EventType } from '../../../src/apps/claimx/event-types.ts';
import { handlerOf } from '../../../src/apps/claimx/handlers/index.ts';
import { rawEventSerde } from '../../../src/apps/claimx/raw-event.ts';
import { newEvent } from '../../../src/apps/claimx/schemas.generated.ts';
import { eventSerde } from '../../../src/apps/claimx/serdes.ts';
import { NO_HEADERS } from '../../../src/core/record.ts';
import { roundTrip } from '../round-trip.ts';
import { fakeApi, NOW, taskOf } from './fakes.ts';

const contact = JSON.stringify({ contact: { contactId: 'c-1', email: 'a@example.com' } });
/** What an event of each type names, who handles it, which calls that costs, and which rows come of it. */
const TYPES: Readonly<Record<EventType, [fields: object, handler: string, calls: string[], rows: string[]]>> = {
  PROJECT_CREATED: [{}, 'project', ['project p-1'], ['projects']],
  PROJECT_FILE_ADDED: [{ media_id: 'm-1' }, 'media', ['media p-1'], ['media', 'downloads']],
  PROJECT_MFN_ADDED: [
    { master_file_name: 'MFN-1' },
    'media',
    ['project p-1', 'media p-1'],
    ['projects', 'media', 'downloads'],
  ],
  CUSTOM_TASK_ASSIGNED: [
    { task_assignment_id: 't-1' },
    'task',
    ['task t-1'],
    ['tasks', 'task_templates', 'external_links'],
  ],
  CUSTOM_TASK_COMPLETED: [
    { task_assignment_id: 't-1' },
    'task',
    ['task t-1'],
    ['tasks', 'task_templates', 'external_links'],
  ],
  POLICYHOLDER_INVITED: [{ raw_data: contact }, 'policyholder', ['contacts p-1'], ['contacts']],
  POLICYHOLDER_JOINED: [{ raw_data: contact }, 'policyholder', ['contacts p-1'], ['contacts']],
  VIDEO_COLLABORATION_INVITE_SENT: [{ video_collaboration_id: 'v-1' }, 'video', ['video v-1'], ['video_collab']],
  VIDEO_COLLABORATION_COMPLETED: [{ video_collaboration_id: 'v-1' }, 'video', ['video v-1'], ['video_collab']],
};

describe('an event of type', () => {
  it('has a line here for each type that there is', () => {
    expect(Object.keys(TYPES)).toEqual([...EVENT_TYPES]);
  });

  it.each(EVENT_TYPES)(
    '%s is read in both forms, handled, and becomes its rows and one line of the log',
    async (type) => {
      const [fields, handler, expectedCalls, rows] = TYPES[type];
      const event = newEvent({ event_id: 'e-1', event_type: type, project_id: 'p-1', ingested_at: NOW, ...fields });
      expect(await roundTrip(eventSerde, event)).toEqual(event);
      const json = { ...event, ingested_at: '2026-01-03T09:00:00+01:00' };
      expect(rawEventSerde().deserialize('t', Buffer.from(JSON.stringify(json)))).toEqual({ kind: 'event', event });

      expect(handlerOf(type).name).toBe(handler);
      const { api, calls } = fakeApi({
        getProject: async () => ({ projectId: 'p-1' }),
        getProjectMedia: async () => [
          { mediaId: 'm-1', projectId: 'p-1', fileName: 'a.jpg', downloadUrl: 'https://x/a.jpg' },
        ],
        getCustomTask: async () => ({
          assignmentId: 't-1',
          projectId: 'p-1',
          template: { templateId: 'tt-1' },
          link: { linkId: 'l-1' },
        }),
        getVideoCollaboration: async () => ({
          collaborationId: 'v-1',
          projectId: 'p-1',
          recordingUrls: ['https://x/v'],
        }),
      });
      const record = { timestamp: NOW, headers: NO_HEADERS, topic: 't', partition: 0, offset: 0 };
      const batch = { known: true, items: [{ value: taskOf(type, fields), record }] };
      const { result, failures } = await enrichBatch('p-1', batch, {
        api,
        now: () => NOW,
        signal: new AbortController().signal,
      });
      expect([calls, failures]).toEqual([expectedCalls, []]);
      const made = Object.entries(result).filter(
        ([name, list]) => Array.isArray(list) && list.length > 0 && name !== 'event_log',
      );
      expect(made.map(([name]) => name).sort()).toEqual([...rows].sort());
      expect(result.event_log).toMatchObject([{ event_type: type, status: 'success' }]);
    },
  );
});
