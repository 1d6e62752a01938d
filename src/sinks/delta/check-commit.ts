import type { Action, AddFile, RemoveFile } from './actions.ts';
import type { Snapshot } from './snapshot.ts';

/** What one commit may hold (PROTOCOL.md, Delta Log Entries). */
export function checkCommit(
  version: number,
  actions: readonly Action[],
  before: Snapshot | null,
  faults: string[],
): void {
  const fault = (what: string): unknown => faults.push(`version ${version}: ${what}`);
  const seen = new Set<string>();
  const once = (kind: string, name: string): void => {
    const key = `${kind} ${name}`.trim();
    if (seen.has(key)) fault(`${key} is there twice`);
    seen.add(key);
  };
  for (const { add, remove, txn, metaData, protocol } of actions) {
    if (metaData) once('metaData', '');
    if (protocol) once('protocol', '');
    if (txn) once('txn', txn.appId);
    if (add) {
      once('add', add.path);
      for (const what of lacking(add)) fault(`add ${add.path} has no ${what}`);
    }
    if (remove) {
      once('remove', remove.path);
      for (const what of lackingRemove(remove)) fault(`remove ${remove.path} has no ${what}`);
      if (before && version > 0 && !before.files.has(remove.path)) fault(`removes ${remove.path}, which is not there`);
    }
  }
  if (version === 0 && !(seen.has('metaData') && seen.has('protocol'))) fault('has no metaData or no protocol');
}

function lacking(add: Partial<AddFile>): string[] {
  const needed = ['path', 'partitionValues', 'size', 'modificationTime', 'dataChange'] as const;
  return needed.filter((name) => add[name] === undefined || add[name] === null);
}

function lackingRemove(remove: Partial<RemoveFile>): string[] {
  return (['path', 'dataChange'] as const).filter((name) => remove[name] === undefined);
}
