import { unreadable } from '../serdes/avro-compatibility.ts';

export const COMPATIBILITIES = [
  'NONE',
  'BACKWARD',
  'FORWARD',
  'FULL',
  'BACKWARD_TRANSITIVE',
  'FORWARD_TRANSITIVE',
  'FULL_TRANSITIVE',
] as const;

/**
 * What a new schema of a subject must hold against earlier ones: `BACKWARD`: it reads what they wrote; `FORWARD`: they
 * read what it writes; `FULL`: both. Against the newest version only, or against all with `_TRANSITIVE`.
 */
export type Compatibility = (typeof COMPATIBILITIES)[number];

export interface EarlierSchema {
  readonly version: number;
  readonly schema: string;
}

/** What speaks against registering the schema after these versions (oldest first); empty: nothing. */
export function incompatibilities(
  rule: Compatibility,
  schema: string,
  versions: readonly EarlierSchema[],
): readonly string[] {
  if (rule === 'NONE') return [];
  const checked = rule.endsWith('_TRANSITIVE') ? versions : versions.slice(-1);
  return checked.flatMap((earlier) => problems(rule, schema, earlier));
}

function problems(rule: Compatibility, schema: string, earlier: EarlierSchema): string[] {
  const found: string[] = [];
  if (!rule.startsWith('FORWARD')) {
    const why = unreadable({ writer: earlier.schema, reader: schema });
    if (why !== null) found.push(`the new schema cannot read data of version ${earlier.version} (${why})`);
  }
  if (!rule.startsWith('BACKWARD')) {
    const why = unreadable({ writer: schema, reader: earlier.schema });
    if (why !== null) found.push(`version ${earlier.version} cannot read data of the new schema (${why})`);
  }
  return found;
}
