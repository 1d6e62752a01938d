import { describe, expect, it } from 'vitest';
import { attachmentKey, downloadTasks } from '../../../src/apps/xact/attachments.ts';
import { eventOf, LINK, NOW } from './fakes.ts';

describe('the download tasks of an event', () => {
  it('are one for each attachment, with the time of the event and no try yet', () => {
    const tasks = downloadTasks(eventOf({ attachments: [LINK, 'https://x/b.pdf'] }));
    expect(tasks).toMatchObject([
      {
        trace_id: 't-1',
        attachment_url: LINK,
        file_name: 'photo 1.jpg',
        file_type: 'jpg',
        event_subtype: 'documentsReceived',
        assignment_id: 'A1',
        retry_count: 0,
        original_timestamp: NOW,
        metadata: {},
      },
      { attachment_url: 'https://x/b.pdf' },
    ]);
    expect(new Set(tasks.map(attachmentKey)).size).toBe(2);
  });

  it('are none without attachments', () => {
    expect(downloadTasks(eventOf({ attachments: [] }))).toEqual([]);
  });

  it('are one for a link that is there twice', () => {
    expect(downloadTasks(eventOf({ attachments: [LINK, LINK] }))).toHaveLength(1);
  });

  it('go to different files, also where their names are the same', () => {
    const [one, two] = downloadTasks(eventOf({ attachments: ['https://x/1/a.jpg', 'https://x/2/a.jpg'] }));
    expect(one?.blob_path).not.toBe(two?.blob_path);
    const [other] = downloadTasks(eventOf({ trace_id: 't-2', attachments: ['https://x/1/a.jpg'] }));
    expect(other?.blob_path).not.toBe(one?.blob_path);
  });

  it.each([
    ['names', { attachments: ['https://x/..%2F..%2F..%2Fetc%2Fpasswd.txt'] }],
    ['trace ids', { trace_id: '../../t' }],
    ['assignments', { payload: '{"assignmentId":"../.."}' }],
    ['subtypes', { event_subtype: '..' }],
  ])('have four parts of a path and none that leads out, whatever %s hold', (_what, fields) => {
    const [task] = downloadTasks(eventOf(fields));
    const parts = task?.blob_path.split('/') ?? [];
    expect(parts).toHaveLength(4);
    for (const part of parts) expect(part).toMatch(/^[^./\\][^/\\]*$/);
  });
});
