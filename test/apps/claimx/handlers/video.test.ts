import { describe, expect, it } from 'vitest';
import type { ApiVideo } from '../../../../src/apps/claimx/api-types.ts';
import { videoHandler } from '../../../../src/apps/claimx/handlers/video.ts';
import { contextOf, fakeApi, taskOf } from '../fakes.ts';

const video = (id: string, fields: Partial<ApiVideo> = {}): ApiVideo => ({
  collaborationId: id,
  projectId: 'p-1',
  status: 'INVITED',
  ...fields,
});
const sent = () => taskOf('VIDEO_COLLABORATION_INVITE_SENT', { video_collaboration_id: 'v-1' });
const completed = () => taskOf('VIDEO_COLLABORATION_COMPLETED', { video_collaboration_id: 'v-1' });

describe('the video handler', () => {
  it('writes the collaboration', async () => {
    const { api, calls } = fakeApi({ getVideoCollaboration: async (id) => video(id) });
    expect(await videoHandler.handle([sent(), sent()], contextOf(api))).toMatchObject([
      { rows: { video_collab: [{ collaboration_id: 'v-1', status: 'INVITED', recording_urls: [] }] } },
      { status: 'success' },
    ]);
    expect(calls).toEqual(['video v-1']);
  });

  it('says COMPLETED after the call, with the recordings but without their signatures', async () => {
    const recordingUrls = ['https://x/r.mp4?X-Amz-Signature=secret'];
    const { api } = fakeApi({ getVideoCollaboration: async (id) => video(id, { recordingUrls, totalSeconds: 60 }) });
    expect(await videoHandler.handle([completed()], contextOf(api))).toMatchObject([
      { rows: { video_collab: [{ status: 'COMPLETED', recording_urls: ['https://x/r.mp4'], total_seconds: 60 }] } },
    ]);
  });

  it('skips a collaboration that ClaimX does not have', async () => {
    expect(await videoHandler.handle([sent()], contextOf(fakeApi().api))).toMatchObject([{ status: 'skipped' }]);
  });

  it('fails an event for good that names none', async () => {
    const outcomes = await videoHandler.handle([taskOf('VIDEO_COLLABORATION_COMPLETED')], contextOf(fakeApi().api));
    expect(outcomes).toMatchObject([{ status: 'failed', error: { kind: 'permanent' } }]);
  });
});
