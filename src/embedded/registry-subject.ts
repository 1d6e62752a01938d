import type { Compatibility } from './registry-compatibility.ts';

export interface SubjectVersion {
  readonly id: number;
  readonly version: number;
  readonly schema: string;
  /** Soft-deleted: hidden, and its id still readable. */
  deleted: boolean;
}

export type RegistryMode = 'READWRITE' | 'READONLY';

/** A subject as it is kept; numbers of versions are never used again, so the last one is kept too. */
export interface SubjectState {
  readonly name: string;
  readonly last: number;
  readonly compatibility: Compatibility | null;
  readonly mode: RegistryMode | null;
  readonly versions: readonly SubjectVersion[];
}

/** One subject: its versions, oldest first, and its own settings where it has any. */
export class Subject {
  readonly name: string;
  versions: SubjectVersion[];
  compatibility: Compatibility | null;
  mode: RegistryMode | null;
  #last: number;

  constructor(name: string, state?: SubjectState) {
    this.name = name;
    this.versions = (state?.versions ?? []).map((version) => ({ ...version }));
    this.compatibility = state?.compatibility ?? null;
    this.mode = state?.mode ?? null;
    this.#last = state?.last ?? 0;
  }

  get state(): SubjectState {
    const { name, versions, compatibility, mode } = this;
    return { name, versions, compatibility, mode, last: this.#last };
  }

  get live(): readonly SubjectVersion[] {
    return this.versions.filter(({ deleted }) => !deleted);
  }

  /** A soft-deleted version of the same schema comes back under a new number, as in Confluent's registry. */
  add(id: number, schema: string): SubjectVersion {
    const added = { id, version: ++this.#last, schema, deleted: false };
    this.versions.push(added);
    return added;
  }

  find(version: number | 'latest', withDeleted: boolean): SubjectVersion | undefined {
    const visible = withDeleted ? this.versions : this.live;
    return version === 'latest' ? visible.at(-1) : visible.find((candidate) => candidate.version === version);
  }
}
