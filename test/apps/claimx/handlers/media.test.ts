import { describe, expect, it } from 'vitest';
import type { ApiMedia } from '../../../../src/apps/claimx/api-types.ts';
import { mediaHandler } from '../../../../src/apps/claimx/handlers/media.ts';
import { HttpError } from '../../../../src/http/errors.ts';
import { contextOf, fakeApi, NOW, taskOf } from '../fakes.ts';

const URL = 'https://b.s3.amazonaws.com/k?X-Amz-Date=20260103T080000Z&X-Amz-Expires=900&X-Amz-Signature=s';
const media = (id: string, fields: Partial<ApiMedia> = {}): ApiMedia => ({
  mediaId: id,
  projectId: 'p-1',
  fileName: `${id}.JPG`,
  downloadUrl: URL,
  ...fields,
});

describe('the media handler', () => {
  it('asks the API once for ten events of a project', async () => {
    const ids = Array.from({ length: 10 }, (_, i) => `m-${i}`);
    const { api, calls } = fakeApi({ getProjectMedia: async () => ids.map((id) => media(id)) });
    const tasks = ids.map((media_id) => taskOf('PROJECT_FILE_ADDED', { media_id }));
    const outcomes = await mediaHandler.handle(tasks, contextOf(api));
    expect(calls).toEqual(['media p-1']);
    expect(outcomes.map((outcome) => outcome.status === 'success' && outcome.rows.media?.[0]?.media_id)).toEqual(ids);
  });

  it('makes a download task with the link, its end, a path in the lake and the event', async () => {
    const { api } = fakeApi({ getProjectMedia: async () => [media('m-1')] });
    const task = taskOf('PROJECT_FILE_ADDED', { media_id: 'm-1' });
    const [outcome] = await mediaHandler.handle([task], contextOf(api));
    expect(outcome).toMatchObject({
      status: 'success',
      downloads: [
        {
          media_id: 'm-1',
          project_id: 'p-1',
          download_url: URL,
          blob_path: 'p-1/media/m-1/m-1.JPG',
          file_type: 'jpg',
          file_name: 'm-1.JPG',
          source_event_id: task.event_id,
          retry_count: 0,
          expires_at: NOW + 900_000,
        },
      ],
    });
  });

  it('takes the end of a link from the API where it says one', async () => {
    const { api } = fakeApi({
      getProjectMedia: async () => [media('m-1', { expiresAt: '2026-01-03T09:00:00+00:00' })],
    });
    const [outcome] = await mediaHandler.handle([taskOf('PROJECT_FILE_ADDED', { media_id: 'm-1' })], contextOf(api));
    expect(outcome).toMatchObject({ downloads: [{ expires_at: NOW + 3_600_000 }] });
  });

  it('takes all media of the project for an event that names none', async () => {
    const { api } = fakeApi({ getProjectMedia: async () => [media('m-1'), media('m-2')] });
    const [outcome] = await mediaHandler.handle([taskOf('PROJECT_MFN_ADDED')], contextOf(api));
    expect(outcome).toMatchObject({ rows: { media: [{ media_id: 'm-1' }, { media_id: 'm-2' }] } });
  });

  it('skips a media item that the project does not have, and a project without media', async () => {
    const { api } = fakeApi({ getProjectMedia: async () => [media('m-1')] });
    const tasks = [taskOf('PROJECT_FILE_ADDED', { media_id: 'm-2' })];
    expect(await mediaHandler.handle(tasks, contextOf(api))).toMatchObject([{ status: 'skipped' }]);
    const empty = fakeApi();
    expect(await mediaHandler.handle([taskOf('PROJECT_MFN_ADDED')], contextOf(empty.api))).toMatchObject([
      { status: 'skipped', note: 'the project has no media' },
    ]);
  });

  it('makes a row but no download for an item without a link', async () => {
    const { api } = fakeApi({ getProjectMedia: async () => [media('m-1', { downloadUrl: null })] });
    const [outcome] = await mediaHandler.handle([taskOf('PROJECT_FILE_ADDED', { media_id: 'm-1' })], contextOf(api));
    expect(outcome).toMatchObject({ status: 'success', rows: { media: [{ url_expires_at: null }] }, downloads: [] });
  });

  it('fails as a whole when the API does', async () => {
    const { api } = fakeApi({ getProjectMedia: () => Promise.reject(new HttpError('transient', 'down')) });
    await expect(mediaHandler.handle([taskOf('PROJECT_MFN_ADDED')], contextOf(api))).rejects.toThrow('down');
  });
});
