import type { SampleFile } from '../../shared/sample/simulated-files.ts';
import type { ApiContact, ApiProject, ApiTask, ApiVideo } from '../api-types.ts';

export interface WorldMedia extends SampleFile {
  readonly mediaId: string;
  readonly projectId: string;
  readonly takenAt: string;
}

/** `bad-request`: the API refuses it for good; `broken`: it answers 500 for ever. */
export type CallFate = 'fine' | 'bad-request' | 'broken';

export interface WorldTask {
  readonly api: ApiTask;
  readonly fate: CallFate;
}

export interface WorldVideo {
  readonly api: ApiVideo;
  readonly fate: CallFate;
}

/** What ClaimX knows, as it stands after all events: the simulated API answers from it. */
export interface World {
  readonly projects: ReadonlyMap<string, ApiProject>;
  /** By project. */
  readonly media: ReadonlyMap<string, readonly WorldMedia[]>;
  readonly contacts: ReadonlyMap<string, readonly ApiContact[]>;
  readonly tasks: ReadonlyMap<string, WorldTask>;
  readonly videos: ReadonlyMap<string, WorldVideo>;
}

/** A {@link World} under construction. */
export interface WorldDraft {
  readonly projects: Map<string, ApiProject>;
  readonly media: Map<string, WorldMedia[]>;
  readonly contacts: Map<string, ApiContact[]>;
  readonly tasks: Map<string, WorldTask>;
  readonly videos: Map<string, WorldVideo>;
}

export function emptyWorld(): WorldDraft {
  return { projects: new Map(), media: new Map(), contacts: new Map(), tasks: new Map(), videos: new Map() };
}
