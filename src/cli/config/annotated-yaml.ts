import { stringify } from 'yaml';

import { isObject, type ConfigValues } from './layer.ts';

const WIDEST = 60;

interface Line {
  readonly text: string;
  /** Where its value comes from; null for the head of a section. */
  readonly origin: string | null;
}

/**
 * Settings as YAML, one on each line, with where it comes from as a comment behind it. What is printed can be read again.
 *
 * @param originOf asked with the path of each value that is not a section
 */
export function annotatedYaml(values: ConfigValues, originOf: (path: readonly string[]) => string): string {
  const lines = [...linesOf(values, [], originOf)];
  const width = Math.min(WIDEST, Math.max(0, ...lines.map(({ text, origin }) => (origin === null ? 0 : text.length))));
  return lines
    .map(({ text, origin }) => (origin === null ? text : `${text.padEnd(width)}  # ${origin}`))
    .map((line) => `${line}\n`)
    .join('');
}

function* linesOf(
  values: ConfigValues,
  path: readonly string[],
  originOf: (path: readonly string[]) => string,
): Generator<Line> {
  const indent = '  '.repeat(path.length);
  for (const [key, value] of Object.entries(values)) {
    const here = [...path, key];
    const name = `${indent}${inline(key)}:`;
    if (isObject(value) && Object.keys(value).length > 0) {
      yield { text: name, origin: null };
      yield* linesOf(value, here, originOf);
    } else {
      yield { text: `${name} ${inline(value)}`, origin: originOf(here) };
    }
  }
}

/** On one line, whatever is in it. */
function inline(value: unknown): string {
  if (typeof value === 'string' && /[\r\n]/.test(value)) return JSON.stringify(value);
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim();
}
