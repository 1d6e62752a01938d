import { COMPATIBILITIES } from './registry-compatibility.ts';
import type { Compatibility } from './registry-compatibility.ts';
import type { RegistryCore } from './registry-core.ts';
import * as errors from './registry-error.ts';
import type { RegistryMode } from './registry-subject.ts';

export interface RegistryRequest {
  /** The decoded variable parts of the path, in order. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  /** The parsed body; undefined where there is none. */
  readonly body: unknown;
}

type Handler = (core: RegistryCore, request: RegistryRequest) => unknown;

export interface Route {
  readonly method: string;
  readonly pattern: readonly string[];
  readonly handle: Handler;
}

/** A path with `*` for each variable part. */
function route(method: string, path: string, handle: Handler): Route {
  return { method, pattern: path.split('/').filter(Boolean), handle };
}

/** Confluent Schema Registry's REST API: what clients of Avro schemas use of it. */
export const ROUTES: readonly Route[] = [
  route('GET', '/', () => ({})),
  route('GET', '/schemas/types', () => ['AVRO']),
  route('GET', '/schemas', (core, { query }) =>
    core.subjects(flag(query, 'deleted')).flatMap((subject) => {
      const versions = core.versions(subject, flag(query, 'deleted'));
      const listed = flag(query, 'latestOnly') ? versions.slice(-1) : versions;
      return listed.map((version) => core.version(subject, version, true));
    }),
  ),
  route('GET', '/schemas/ids/*', (core, { path }) => ({ schema: core.schema(idOf(path[0])) })),
  route('GET', '/schemas/ids/*/schema', (core, { path }) => JSON.parse(core.schema(idOf(path[0]))) as unknown),
  route('GET', '/schemas/ids/*/subjects', (core, { path, query }) => [
    ...new Set(core.uses(idOf(path[0]), flag(query, 'deleted')).map(({ subject }) => subject)),
  ]),
  route('GET', '/schemas/ids/*/versions', (core, { path, query }) => core.uses(idOf(path[0]), flag(query, 'deleted'))),

  route('GET', '/subjects', (core, { query }) => {
    const prefix = query.get('subjectPrefix') ?? '';
    return core.subjects(flag(query, 'deleted')).filter((subject) => subject.startsWith(prefix));
  }),
  route('POST', '/subjects/*', (core, { path: [subject = ''], query, body }) =>
    core.lookup(subject, schemaOf(body), flag(query, 'deleted')),
  ),
  route('DELETE', '/subjects/*', (core, { path: [subject = ''], query }) =>
    core.deleteSubject(subject, flag(query, 'permanent')),
  ),
  route('GET', '/subjects/*/versions', (core, { path: [subject = ''], query }) =>
    core.versions(subject, flag(query, 'deleted')),
  ),
  route('POST', '/subjects/*/versions', (core, { path: [subject = ''], body }) => {
    const { id, version, schema } = core.register(subject, schemaOf(body));
    return { id, version, schema };
  }),
  route('GET', '/subjects/*/versions/*', (core, { path: [subject = '', version], query }) =>
    core.version(subject, versionOf(version), flag(query, 'deleted')),
  ),
  route(
    'GET',
    '/subjects/*/versions/*/schema',
    (core, { path: [subject = '', version], query }) =>
      JSON.parse(core.version(subject, versionOf(version), flag(query, 'deleted')).schema) as unknown,
  ),
  route('GET', '/subjects/*/versions/*/referencedby', (core, { path: [subject = '', version] }) => {
    core.version(subject, versionOf(version));
    return [];
  }),
  route('DELETE', '/subjects/*/versions/*', (core, { path: [subject = '', version], query }) =>
    core.deleteVersion(subject, versionOf(version), flag(query, 'permanent')),
  ),

  route('POST', '/compatibility/subjects/*/versions', (core, { path: [subject = ''], query, body }) =>
    verdict(core.incompatibilities(subject, schemaOf(body), 'all'), query),
  ),
  route('POST', '/compatibility/subjects/*/versions/*', (core, { path: [subject = '', version], query, body }) =>
    verdict(core.incompatibilities(subject, schemaOf(body), versionOf(version)), query),
  ),

  route('GET', '/config', (core) => ({ compatibilityLevel: core.compatibility })),
  route('PUT', '/config', (core, { body }) => {
    core.compatibility = compatibilityOf(body);
    return { compatibility: core.compatibility };
  }),
  route('DELETE', '/config', (core) => {
    const before = core.compatibility;
    core.compatibility = 'BACKWARD';
    return { compatibility: before };
  }),
  route('GET', '/config/*', (core, { path: [subject = ''], query }) => ({
    compatibilityLevel: flag(query, 'defaultToGlobal')
      ? core.compatibilityOf(subject)
      : core.subjectCompatibility(subject),
  })),
  route('PUT', '/config/*', (core, { path: [subject = ''], body }) => {
    const compatibility = compatibilityOf(body);
    core.setSubjectCompatibility(subject, compatibility);
    return { compatibility };
  }),
  route('DELETE', '/config/*', (core, { path: [subject = ''] }) => {
    const compatibility = core.subjectCompatibility(subject);
    core.setSubjectCompatibility(subject, null);
    return { compatibility };
  }),

  route('GET', '/mode', (core) => ({ mode: core.mode })),
  route('PUT', '/mode', (core, { body }) => {
    core.mode = modeOf(body);
    return { mode: core.mode };
  }),
  route('GET', '/mode/*', (core, { path: [subject = ''], query }) => ({
    mode: flag(query, 'defaultToGlobal') ? core.modeOf(subject) : core.subjectMode(subject),
  })),
  route('PUT', '/mode/*', (core, { path: [subject = ''], body }) => {
    const mode = modeOf(body);
    core.setSubjectMode(subject, mode);
    return { mode };
  }),
  route('DELETE', '/mode/*', (core, { path: [subject = ''] }) => {
    const mode = core.subjectMode(subject);
    core.setSubjectMode(subject, null);
    return { mode };
  }),
];

function verdict(messages: readonly string[], query: URLSearchParams): unknown {
  const compatible = { is_compatible: messages.length === 0 };
  return flag(query, 'verbose') ? { ...compatible, messages } : compatible;
}

function flag(query: URLSearchParams, name: string): boolean {
  return query.get(name) === 'true';
}

function idOf(written: string | undefined): number {
  if (written === undefined || !/^\d{1,10}$/.test(written)) throw new errors.RegistryError(404, 'HTTP 404 Not Found');
  return Number(written);
}

function versionOf(written = ''): number | 'latest' {
  if (written === 'latest' || written === '-1') return 'latest';
  if (!/^[1-9]\d{0,9}$/.test(written)) throw errors.invalidVersion(written);
  return Number(written);
}

function schemaOf(body: unknown): string {
  const schema = property(body, 'schema');
  const type = property(body, 'schemaType') ?? 'AVRO';
  const references = property(body, 'references') ?? [];
  if (typeof schema !== 'string') throw errors.invalidSchema('the body has no schema');
  if (type !== 'AVRO') throw errors.invalidSchema('this registry holds Avro schemas only');
  if (!Array.isArray(references) || references.length > 0) throw errors.invalidSchema('references are not supported');
  return schema;
}

function compatibilityOf(body: unknown): Compatibility {
  const given = String(property(body, 'compatibility')).toUpperCase();
  const known = COMPATIBILITIES.find((compatibility) => compatibility === given);
  if (!known) throw errors.invalidCompatibility();
  return known;
}

function modeOf(body: unknown): RegistryMode {
  const mode = property(body, 'mode');
  if (mode !== 'READWRITE' && mode !== 'READONLY') throw errors.invalidMode();
  return mode;
}

function property(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>)[name] : undefined;
}
