import { StreamsError } from '../core/errors.ts';

/** The name, if it can be a node's, a store's and part of a topic's. @throws TOPOLOGY_INVALID */
export function checkName(name: string): string {
  const wrong =
    name === ''
      ? 'it is empty'
      : name === '.' || name === '..'
        ? 'it means a folder'
        : name.length > 249
          ? `it has ${name.length} characters, at most 249 are allowed`
          : /^[A-Za-z0-9._-]+$/.test(name)
            ? null
            : 'only letters, digits, ".", "_" and "-" are allowed';
  if (wrong !== null) throw new StreamsError('TOPOLOGY_INVALID', `The name "${name}" cannot be used: ${wrong}.`);
  return name;
}

/** Whether Kafka Streams generated the name; the nodes of its repartition are then named by number too. */
export function isGenerated(name: string): boolean {
  return /^KSTREAM.*-[0-9]{10}$/.test(name);
}
