import type { Compatibility } from './registry-compatibility.ts';

export interface SubjectVersion {
  readonly id: number;
  readonly version: number;
  readonly schema: string;
  /** Soft-deleted: hidden, and its id still readable. */
  deleted: boolean;
}

export type RegistryMode = 'READWRITE' | 'READONLY';

/** One subject: its versions, oldest first, and its own settings where it has any. */
export class Subject {
  readonly name: string;
  versions: SubjectVersion[] = [];
  compatibility: Compatibility | null = null;
  mode: RegistryMode | null = null;
  #last = 0;

  constructor(name: string) {
    this.name = name;
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
