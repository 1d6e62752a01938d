import type { ApiContact, ApiProject, ApiTask, ApiVideo } from '../api-types.ts';

/** How the file host treats a media item. */
export type FileFate =
  /** The link works. */
  | 'fine'
  /** The link of the project's list has expired; a fresh one works. */
  | 'expired-link'
  /** 403 even for a fresh link. */
  | 'forbidden'
  /** 404. */
  | 'gone'
  /** The link leads to a host outside the list of allowed domains. */
  | 'foreign-host'
  /** The link leads to an address inside the network (the classical SSRF attempt). */
  | 'private-address'
  /** A program under the name of a document. */
  | 'bad-type'
  /** It comes in small pieces, with pauses that are just short enough. */
  | 'slow'
  /** Larger than what is accepted; half of them do not say so before they come. */
  | 'oversized';

export interface WorldMedia {
  readonly mediaId: string;
  readonly projectId: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly takenAt: string;
  readonly fate: FileFate;
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
