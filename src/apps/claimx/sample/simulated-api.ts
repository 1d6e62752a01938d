import type { ApiMedia } from '../api-types.ts';
import type { FileLinks } from '../../shared/sample/file-links.ts';
import { linkTo } from '../../shared/sample/simulated-files.ts';
import type { CallFate, World, WorldMedia } from './world.ts';

export interface ApiScene {
  readonly world: World;
  readonly links: FileLinks;
  readonly origin: string;
  readonly nowMs: number;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Links work for a quarter of an hour. */
const LINK_SECONDS = 900;

const NOT_FOUND: ApiAnswer = { status: 404, body: { error: 'not found' } };

/** What the ClaimX API says to a GET request. */
export function answerApi(url: URL, scene: ApiScene): ApiAnswer {
  const { world } = scene;
  const parts = url.pathname.split('/').slice(1).map(decodeURIComponent);
  const [area, kind, id = '', what] = parts;
  if (area === 'export' && kind === 'project') {
    if (!world.projects.has(id)) return NOT_FOUND;
    if (what === undefined) return found(world.projects.get(id));
    if (what === 'media') return found(listMedia(id, url.searchParams.get('mediaId'), scene));
    if (what === 'contacts') return found(world.contacts.get(id) ?? []);
    if (what === 'tasks') {
      return found([...world.tasks.values()].map((task) => task.api).filter((task) => task.projectId === id));
    }
    return what === 'conversations' ? found([]) : NOT_FOUND;
  }
  if (area === 'customTasks') return answerCall(world.tasks.get(id));
  if (area === 'videoCollaborations') return answerCall(world.videos.get(kind ?? ''));
  return NOT_FOUND;
}

function found(body: unknown): ApiAnswer {
  return body === undefined ? NOT_FOUND : { status: 200, body };
}

function answerCall(item: { readonly api: unknown; readonly fate: CallFate } | undefined): ApiAnswer {
  if (item?.fate === 'bad-request') return { status: 422, body: { error: 'this item cannot be shown' } };
  if (item?.fate === 'broken') return { status: 500, body: { error: 'internal error' } };
  return found(item?.api);
}

function listMedia(projectId: string, one: string | null, scene: ApiScene): ApiMedia[] {
  const media = scene.world.media.get(projectId) ?? [];
  return media
    .filter((item) => one === null || item.mediaId === one)
    .map((item) => ({
      mediaId: item.mediaId,
      projectId,
      fileName: item.fileName,
      contentType: item.contentType,
      sizeBytes: item.sizeBytes,
      takenAt: item.takenAt,
      downloadUrl: linkOf(item, one !== null, scene),
    }));
}

/** The list of a project may come from a cache with old links; asked for one item, the API signs anew. */
function linkOf(item: WorldMedia, fresh: boolean, scene: ApiScene): string {
  const path = `/files/${item.projectId}/${item.mediaId}/${encodeURIComponent(item.fileName)}`;
  return linkTo(path, item.fate, { ...scene, ttlSeconds: LINK_SECONDS, fresh });
}
