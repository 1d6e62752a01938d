import { describe, expect, it } from 'vitest';
import { enrichBatch, type EnrichContext } from '../../../src/apps/claimx/enrich.ts';
import { cut } from '../../../src/apps/claimx/enrichment-outcome.ts';
import { newEnrichmentResult, type EnrichmentTask } from '../../../src/apps/claimx/schemas.generated.ts';
import type { ProjectBatch } from '../../../src/apps/claimx/project-batch.ts';
import { NO_HEADERS } from '../../../src/core/record.ts';
import { HttpError } from '../../../src/http/errors.ts';
import { fakeApi, NOW, taskOf } from './fakes.ts';

const record = { timestamp: NOW, headers: NO_HEADERS, topic: 't', partition: 0, offset: 0 };
const batchOf = (known: boolean, ...tasks: EnrichmentTask[]): ProjectBatch => ({
  known,
  items: tasks.map((value) => ({ value, record })),
});
const contextOf = (api: EnrichContext['api']): EnrichContext => ({
  api,
  now: () => NOW,
  signal: new AbortController().signal,
});
const project = { projectId: 'p-1', projectName: 'Water' };
const media = { mediaId: 'm-1', projectId: 'p-1', fileName: 'a.jpg', downloadUrl: 'https://x/a.jpg' };

describe('the enrichment of a batch', () => {
  it('fetches a project that is not known, once, before anything else', async () => {
    const { api, calls } = fakeApi({ getProject: async () => project, getProjectMedia: async () => [media] });
    const batch = batchOf(false, taskOf('PROJECT_FILE_ADDED', { media_id: 'm-1' }), taskOf('PROJECT_CREATED'));
    const { result, failures, project: row } = await enrichBatch('p-1', batch, contextOf(api));
    expect(calls).toEqual(['project p-1', 'media p-1']);
    expect(row).toMatchObject({ project_id: 'p-1', project_name: 'Water' });
    expect(result).toMatchObject({ projects: [{ project_id: 'p-1' }], media: [{ media_id: 'm-1' }] });
    expect(result.event_log.map((line) => line.status)).toEqual(['success', 'success']);
    expect(failures).toEqual([]);
  });

  it('does not ask for a project that is known', async () => {
    const { api, calls } = fakeApi({ getProjectMedia: async () => [media] });
    const batch = batchOf(true, taskOf('PROJECT_FILE_ADDED', { media_id: 'm-1' }));
    const { result, project: row } = await enrichBatch('p-1', batch, contextOf(api));
    expect(calls).toEqual(['media p-1']);
    expect([row, result.projects]).toEqual([null, []]);
  });

  it.each(['PROJECT_CREATED', 'PROJECT_MFN_ADDED'])('asks for a known project again after %s', async (type) => {
    const { api, calls } = fakeApi({ getProject: async () => project });
    await enrichBatch('p-1', batchOf(true, taskOf(type)), contextOf(api));
    expect(calls).toContain('project p-1');
  });

  it('makes no row that names a project before the project has one: all events are tried again', async () => {
    const { api, calls } = fakeApi({ getProject: () => Promise.reject(new HttpError('transient', 'down')) });
    const tasks = [taskOf('PROJECT_FILE_ADDED', { media_id: 'm-1' }), taskOf('PROJECT_ARCHIVED')];
    const { result, failures } = await enrichBatch('p-1', batchOf(false, ...tasks), contextOf(api));
    expect(calls).toEqual(['project p-1']);
    expect(failures.map((failure) => failure.value)).toEqual(tasks);
    expect(result).toEqual(newEnrichmentResult({ project_id: 'p-1' }));
  });

  it('skips all events of a project that ClaimX does not have', async () => {
    const { api, calls } = fakeApi();
    const batch = batchOf(false, taskOf('PROJECT_CREATED'), taskOf('PROJECT_MFN_ADDED'));
    const { result, failures } = await enrichBatch('p-1', batch, contextOf(api));
    expect(calls).toEqual(['project p-1']);
    expect(result.event_log.map((line) => line.status)).toEqual(['skipped', 'skipped']);
    expect([result.projects, result.media, failures]).toEqual([[], [], []]);
  });

  it('fails only the events of the handler that failed, with the record they came in', async () => {
    const { api } = fakeApi({
      getProject: async () => project,
      getProjectMedia: () => Promise.reject(new HttpError('transient', 'down')),
    });
    const lost = taskOf('PROJECT_FILE_ADDED', { media_id: 'm-1' });
    const { result, failures } = await enrichBatch(
      'p-1',
      batchOf(false, taskOf('PROJECT_CREATED'), lost),
      contextOf(api),
    );
    expect(failures).toMatchObject([{ value: lost, record, error: { message: 'down' } }]);
    expect(result.event_log).toHaveLength(1);
  });

  it('gives one row and one download for a media item that several events name', async () => {
    const { api } = fakeApi({ getProject: async () => project, getProjectMedia: async () => [media] });
    const batch = batchOf(false, taskOf('PROJECT_FILE_ADDED', { media_id: 'm-1' }), taskOf('PROJECT_MFN_ADDED'));
    const { result } = await enrichBatch('p-1', batch, contextOf(api));
    expect([result.media.length, result.downloads.length, result.event_log.length]).toEqual([1, 1, 2]);
  });

  it('gives the same keys for the same batch, whenever it is run', async () => {
    const { api } = fakeApi({ getProject: async () => project, getProjectMedia: async () => [media] });
    const batch = batchOf(false, taskOf('PROJECT_FILE_ADDED', { media_id: 'm-1' }));
    const once = await enrichBatch('p-1', batch, contextOf(api));
    const again = await enrichBatch('p-1', batch, { ...contextOf(api), now: () => NOW + 1 });
    const keys = ({ result }: typeof once) => [
      result.media[0]?.media_id,
      result.media[0]?.created_at,
      result.downloads[0]?.blob_path,
    ];
    expect(keys(again)).toEqual(keys(once));
  });
});

describe('a large result', () => {
  it('is cut with the project first and the log last, and loses nothing', () => {
    const rows = Array.from({ length: 25 }, (_, i) => ({ media_id: `m-${i}` }));
    const result = {
      ...newEnrichmentResult({ project_id: 'p-1' }),
      projects: [{ project_id: 'p-1' }],
      media: rows,
      downloads: rows,
      event_log: [{ event_id: 'e-1' }],
    } as unknown as ReturnType<typeof newEnrichmentResult>;
    const pieces = [...cut(result, 10)];
    expect(pieces.map((piece) => piece.media.length)).toEqual([10, 10, 5]);
    expect(pieces.map((piece) => piece.projects.length)).toEqual([1, 0, 0]);
    expect(pieces.map((piece) => piece.event_log.length)).toEqual([0, 0, 1]);
    expect(pieces.flatMap((piece) => piece.downloads)).toEqual(rows);
  });

  it('is nothing when there is nothing in it', () => {
    expect([...cut(newEnrichmentResult({ project_id: 'p-1' }))]).toEqual([]);
  });
});
