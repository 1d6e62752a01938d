import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateSample } from '../../../../src/apps/claimx/sample/generator.ts';
import { startSimulator, type Simulator } from '../../../../src/apps/claimx/sample/simulator.ts';
import type { FileFate } from '../../../../src/apps/shared/sample/simulated-files.ts';
import type { WorldMedia } from '../../../../src/apps/claimx/sample/world.ts';
import { createHttpClient, type HttpClient } from '../../../../src/http/client.ts';

const { world } = generateSample({ events: 6000, seed: 7 });
const all = [...world.media.values()].flat();

function mediaOf(fate: FileFate): WorldMedia {
  const found = all.find((media) => media.fate === fate && media.sizeBytes < 100_000);
  if (found === undefined) throw new Error(`the sample has no media item that is ${fate}`);
  return found;
}

describe('the simulator', () => {
  let simulator: Simulator;
  let http: HttpClient;
  beforeEach(async () => {
    simulator = await startSimulator({ world, token: 'abc', seed: 7, faultRate: 0, latencyMs: [0, 0] });
    http = createHttpClient();
  });
  afterEach(async () => {
    await simulator.close();
    await http.close();
  });
  const get = async (path: string, token = 'abc') => {
    const response = await http.send(path.startsWith('http') ? path : simulator.url + path, {
      headers: { authorization: `Basic ${token}` },
    });
    return { status: response.status, text: await response.text() };
  };
  const linkOf = async (media: WorldMedia, fresh = false): Promise<string> => {
    const { text } = await get(`/export/project/${media.projectId}/media${fresh ? `?mediaId=${media.mediaId}` : ''}`);
    const list = JSON.parse(text) as { mediaId: string; downloadUrl: string }[];
    return list.find((item) => item.mediaId === media.mediaId)?.downloadUrl ?? '';
  };

  it('wants its token', async () => {
    expect((await get('/export/project/x', 'wrong')).status).toBe(401);
  });

  it('answers what the world knows, and 404 for the rest', async () => {
    const [id = ''] = world.projects.keys();
    expect(JSON.parse((await get(`/export/project/${id}`)).text)).toMatchObject({ projectId: id });
    expect((await get(`/export/project/${id}/contacts`)).status).toBe(200);
    expect((await get(`/export/project/${id}/tasks`)).status).toBe(200);
    const [task] = [...world.tasks.values()].filter((item) => item.fate === 'fine');
    expect((await get(`/customTasks/assignment/${task?.api.assignmentId}`)).status).toBe(200);
    const [video] = [...world.videos.values()].filter((item) => item.fate === 'fine');
    expect((await get(`/videoCollaborations/${video?.api.collaborationId}`)).status).toBe(200);
    for (const path of [
      '/export/project/none',
      '/customTasks/assignment/none',
      '/videoCollaborations/none',
      '/x',
      '/',
    ]) {
      expect((await get(path)).status).toBe(404);
    }
  });

  it('serves a file of the size it said', async () => {
    const media = mediaOf('fine');
    const { status, text } = await get(await linkOf(media));
    expect([status, Buffer.byteLength(text)]).toEqual([200, media.sizeBytes]);
  });

  it('refuses a link without a signature, or with another path', async () => {
    const media = mediaOf('fine');
    const link = await linkOf(media);
    expect((await get(link.split('?')[0] ?? '')).status).toBe(403);
    expect((await get(link.replace(media.mediaId, 'm-other'))).status).toBe(403);
  });

  it('gives an expired link in the list and a good one when asked for that item', async () => {
    const media = mediaOf('expired-link');
    expect(await get(await linkOf(media))).toMatchObject({ status: 403, text: expect.stringContaining('expired') });
    expect((await get(await linkOf(media, true))).status).toBe(200);
  });

  it('has files that are forbidden, gone, elsewhere or inside', async () => {
    expect((await get(await linkOf(mediaOf('forbidden'), true))).status).toBe(403);
    expect((await get(await linkOf(mediaOf('gone')))).status).toBe(404);
    expect(await linkOf(mediaOf('foreign-host'))).toMatch(/^https:\/\/files\.example\.net\//);
    expect(await linkOf(mediaOf('private-address'))).toMatch(/^http:\/\/169\.254\.169\.254\//);
  });

  it('counts what it is asked for', async () => {
    await get('/export/project/none');
    await get('/export/project/none/media');
    await get('/customTasks/assignment/none');
    expect(Object.fromEntries(simulator.requests)).toEqual({ project: 1, media: 1, customTasks: 1 });
  });
});

describe('the faults of the simulator', () => {
  let simulator: Simulator;
  let http: HttpClient;
  beforeEach(async () => {
    simulator = await startSimulator({ world, token: 'abc', seed: 7, faultRate: 1, latencyMs: [0, 0] });
    http = createHttpClient({ connectionsPerHost: 200 });
  });
  afterEach(async () => {
    await simulator.close();
    await http.close();
  });
  /**
   * A request that hangs ends by its time limit, which must be long enough for a machine that is busy with other things.
   */
  const patience = 60_000;
  /** Whether one request brings an answer, within what is left of three tries for the API, of one for a file. */
  const works = async (url: string, tries: number): Promise<string | null> => {
    for (let i = 0; i < tries; i++) {
      const headers = { authorization: 'Basic abc' };
      const answer = await http.send(url, { headers, signal: AbortSignal.timeout(6000) }).catch(() => null);
      const text = await answer?.text();
      if (answer?.status === 200 && text !== undefined) return text;
    }
    return null;
  };

  it(
    'cost an enrichment at most two of its five tries, though every resource has faults',
    async () => {
      const projects = [...world.media.keys()].slice(0, 40);
      const lost = await Promise.all(
        projects.map(async (id) => {
          let failures = 0;
          while ((await works(`${simulator.url}/export/project/${id}`, 3)) === null) failures++;
          while ((await works(`${simulator.url}/export/project/${id}/media`, 3)) === null) failures++;
          return failures;
        }),
      );
      expect(Math.max(...lost)).toBe(2);
    },
    patience,
  );

  it(
    'cost a download at most two of its five tries, so that its link may have expired too',
    async () => {
      const some = all.filter(({ fate, sizeBytes }) => fate === 'fine' && sizeBytes < 50_000).slice(0, 60);
      const lost = await Promise.all(
        some.map(async ({ projectId, mediaId }) => {
          for (let failures = 0; ; failures++) {
            const list = await works(`${simulator.url}/export/project/${projectId}/media?mediaId=${mediaId}`, 3);
            const [media] = JSON.parse(list ?? '[]') as { downloadUrl: string }[];
            if (media !== undefined && (await works(media.downloadUrl, 1)) !== null) return failures;
          }
        }),
      );
      expect(Math.max(...lost)).toBe(2);
    },
    patience,
  );
});
