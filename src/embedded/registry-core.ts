import { messageOf } from '../core/errors.ts';
import { canonicalSchema } from '../serdes/canonical-schema.ts';
import { incompatibilities } from './registry-compatibility.ts';
import type { Compatibility } from './registry-compatibility.ts';
import * as errors from './registry-error.ts';
import { Subject } from './registry-subject.ts';
import type { RegistryMode, SubjectState, SubjectVersion } from './registry-subject.ts';

export interface SubjectSchema {
  readonly subject: string;
  readonly id: number;
  readonly version: number;
  readonly schema: string;
}

/** All that a registry knows, as plain JSON. */
export interface RegistryState {
  /** The canonical text of each schema; its id is its place, from 1. */
  readonly schemas: readonly string[];
  readonly subjects: readonly SubjectState[];
  readonly compatibility: Compatibility;
  readonly mode: RegistryMode;
}

export interface RegistryCoreOptions {
  /** Where to go on from (default: empty). */
  readonly state?: RegistryState | null;
  /** Called after each change and before its answer: what throws here fails the request. */
  readonly changed?: (state: RegistryState) => void;
}

/**
 * A schema registry in memory, with the rules of Confluent's: ids are global and belong to a schema, versions to a
 * subject; deleting is soft before it is permanent. Avro only, no references. Synchronous; every refusal is a
 * {@link errors.RegistryError}. For development and tests, never for production.
 */
export class RegistryCore {
  readonly #subjects = new Map<string, Subject>();
  readonly #schemas: string[] = [];
  readonly #ids = new Map<string, number>();
  readonly #onChange: (state: RegistryState) => void;
  #compatibility: Compatibility;
  #mode: RegistryMode;

  constructor({ state, changed }: RegistryCoreOptions = {}) {
    for (const schema of state?.schemas ?? []) this.#idOf(schema);
    for (const subject of state?.subjects ?? []) this.#subjects.set(subject.name, new Subject(subject.name, subject));
    this.#compatibility = state?.compatibility ?? 'BACKWARD';
    this.#mode = state?.mode ?? 'READWRITE';
    this.#onChange = changed ?? (() => undefined);
  }

  /** The rule of subjects that have none of their own. */
  get compatibility(): Compatibility {
    return this.#compatibility;
  }

  set compatibility(compatibility: Compatibility) {
    this.#compatibility = compatibility;
    this.#changed();
  }

  /** The mode of subjects that have none of their own. */
  get mode(): RegistryMode {
    return this.#mode;
  }

  set mode(mode: RegistryMode) {
    this.#mode = mode;
    this.#changed();
  }

  register(subject: string, schema: string): SubjectSchema {
    const text = canonical(schema);
    const existing = this.#subjects.get(subject);
    const same = existing?.live.find((version) => version.schema === text);
    if (same) return { subject, id: same.id, version: same.version, schema: text };
    if (this.modeOf(subject) === 'READONLY') throw errors.notPermitted(subject);
    const against = incompatibilities(this.compatibilityOf(subject), text, existing?.live ?? []);
    if (against.length > 0) throw errors.incompatible(against);
    const { id, version } = this.#subject(subject).add(this.#idOf(text), text);
    this.#changed();
    return { subject, id, version, schema: text };
  }

  /** The version of the subject that has this schema. */
  lookup(subject: string, schema: string, withDeleted = false): SubjectSchema {
    const text = canonical(schema);
    const known = this.#known(subject, withDeleted);
    const found = (withDeleted ? known.versions : known.live).findLast((version) => version.schema === text);
    if (!found) throw errors.schemaNotFound();
    return { subject, id: found.id, version: found.version, schema: found.schema };
  }

  schema(id: number): string {
    const text = this.#schemas[id - 1];
    if (text === undefined) throw errors.schemaNotFound(id);
    return text;
  }

  subjects(withDeleted = false): string[] {
    return [...this.#subjects.values()]
      .filter((subject) => (withDeleted ? subject.versions : subject.live).length > 0)
      .map(({ name }) => name)
      .sort();
  }

  versions(subject: string, withDeleted = false): number[] {
    const known = this.#known(subject, withDeleted);
    return (withDeleted ? known.versions : known.live).map(({ version }) => version);
  }

  version(subject: string, version: number | 'latest', withDeleted = false): SubjectSchema {
    const found = this.#known(subject, withDeleted).find(version, withDeleted);
    if (!found) throw errors.versionNotFound(version);
    return { subject, id: found.id, version: found.version, schema: found.schema };
  }

  /** Where an id is used. */
  uses(id: number, withDeleted = false): { readonly subject: string; readonly version: number }[] {
    this.schema(id);
    return [...this.#subjects.values()].flatMap((subject) =>
      (withDeleted ? subject.versions : subject.live)
        .filter((version) => version.id === id)
        .map(({ version }) => ({ subject: subject.name, version })),
    );
  }

  deleteSubject(subject: string, permanent = false): number[] {
    const known = this.#subjects.get(subject);
    if (!known || known.versions.length === 0) throw errors.subjectNotFound(subject);
    const { live, versions } = known;
    if (permanent) {
      if (live.length > 0) throw errors.subjectNotSoftDeleted(subject);
      this.#subjects.delete(subject);
      this.#changed();
      return versions.map(({ version }) => version);
    }
    if (live.length === 0) throw errors.subjectSoftDeleted(subject);
    for (const version of live) version.deleted = true;
    this.#changed();
    return live.map(({ version }) => version);
  }

  deleteVersion(subject: string, version: number | 'latest', permanent = false): number {
    const known = this.#known(subject, true);
    const found: SubjectVersion | undefined = known.find(version, permanent || version !== 'latest');
    if (!found) throw errors.versionNotFound(version);
    if (permanent) {
      if (!found.deleted) throw errors.versionNotSoftDeleted(subject, found.version);
      known.versions = known.versions.filter((other) => other !== found);
    } else {
      if (found.deleted) throw errors.versionSoftDeleted(subject, found.version);
      found.deleted = true;
    }
    this.#changed();
    return found.version;
  }

  /** What speaks against the schema: against one version (by the rule's direction), or as a registration would ask. */
  incompatibilities(subject: string, schema: string, version: number | 'latest' | 'all'): readonly string[] {
    const text = canonical(schema);
    const rule = this.compatibilityOf(subject);
    const known = this.#subjects.get(subject);
    if (version === 'all') return incompatibilities(rule, text, known?.live ?? []);
    if (!known && version === 'latest') return [];
    const earlier = this.#known(subject, false).find(version, false);
    if (!earlier) throw errors.versionNotFound(version);
    return incompatibilities(rule, text, [earlier]);
  }

  compatibilityOf(subject: string): Compatibility {
    return this.#subjects.get(subject)?.compatibility ?? this.compatibility;
  }

  subjectCompatibility(subject: string): Compatibility {
    const own = this.#subjects.get(subject)?.compatibility ?? null;
    if (own === null) throw errors.noSubjectCompatibility(subject);
    return own;
  }

  /** null: the subject follows the global rule again. */
  setSubjectCompatibility(subject: string, compatibility: Compatibility | null): void {
    this.#subject(subject).compatibility = compatibility;
    this.#changed();
  }

  modeOf(subject: string): RegistryMode {
    return this.#subjects.get(subject)?.mode ?? this.mode;
  }

  subjectMode(subject: string): RegistryMode {
    const own = this.#subjects.get(subject)?.mode ?? null;
    if (own === null) throw errors.noSubjectMode(subject);
    return own;
  }

  setSubjectMode(subject: string, mode: RegistryMode | null): void {
    this.#subject(subject).mode = mode;
    this.#changed();
  }

  #changed(): void {
    this.#onChange({
      schemas: this.#schemas,
      subjects: [...this.#subjects.values()].map(({ state }) => state),
      compatibility: this.#compatibility,
      mode: this.#mode,
    });
  }

  #known(subject: string, withDeleted: boolean): Subject {
    const known = this.#subjects.get(subject);
    const visible = withDeleted ? known?.versions : known?.live;
    if (known === undefined || visible === undefined || visible.length === 0) throw errors.subjectNotFound(subject);
    return known;
  }

  #subject(name: string): Subject {
    const subject = this.#subjects.get(name) ?? new Subject(name);
    this.#subjects.set(name, subject);
    return subject;
  }

  #idOf(schema: string): number {
    const known = this.#ids.get(schema);
    if (known !== undefined) return known;
    const id = this.#schemas.push(schema);
    this.#ids.set(schema, id);
    return id;
  }
}

function canonical(schema: string): string {
  try {
    return canonicalSchema(schema);
  } catch (error) {
    throw errors.invalidSchema(messageOf(error));
  }
}
