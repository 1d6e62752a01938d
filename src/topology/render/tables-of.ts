import type { ExternalSinkNode } from '../topology.ts';

/** The tables that a sink writes, which other stages may write too: `delta a, b` is two. null: it is no sink of tables. */
export function tablesOf({ connector }: ExternalSinkNode): readonly string[] | null {
  const names = /^delta (.+)$/.exec(connector.description)?.[1];
  return names === undefined ? null : names.split(/,\s*/);
}
