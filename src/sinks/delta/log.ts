import { messageOf, StreamsError } from '../../core/errors.ts';
import { joinPath, type LakeFile, type LakeStore } from '../lake/lake-store.ts';
import type { Action } from './actions.ts';
import { parseJson, stringifyJson } from './big-json.ts';

/** Where a table is: a store, and the table's folder in it. */
export interface TableLocation {
  readonly lake: LakeStore;
  readonly path: string;
}

export function logFolder(table: TableLocation): string {
  return joinPath(table.path, '_delta_log');
}

/** For messages. */
export function nameOf(table: TableLocation): string {
  return joinPath(table.lake.uri, table.path);
}

/** `00000000000000000042` */
export function versionName(version: number): string {
  return String(version).padStart(20, '0');
}

function commitPath(table: TableLocation, version: number): string {
  return joinPath(logFolder(table), `${versionName(version)}.json`);
}

/** The actions of a version; null where there is no such commit. @throws TABLE_INVALID when it cannot be parsed */
export async function readCommit(table: TableLocation, version: number): Promise<Action[] | null> {
  const bytes = await table.lake.read(commitPath(table, version));
  if (bytes === null) return null;
  try {
    return parseActions(bytes);
  } catch (error) {
    const where = `${nameOf(table)}: version ${version} of the log cannot be read: ${messageOf(error)}`;
    throw new StreamsError('TABLE_INVALID', where, { cause: error });
  }
}

/** @throws SyntaxError */
export function parseActions(bytes: Buffer): Action[] {
  const lines = bytes.toString('utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map((line) => parseJson(line) as Action);
}

/** The bytes of a commit: one action a line. */
export function printCommit(actions: readonly Action[]): Buffer {
  return Buffer.from(actions.map((action) => `${stringifyJson(action)}\n`).join(''));
}

/** Answers false when the version is taken: by another writer, or by this very call if its answer was lost. */
export function putCommit(table: TableLocation, version: number, bytes: Uint8Array): Promise<boolean> {
  return table.lake.putIfAbsent(commitPath(table, version), bytes);
}

/** What a listing of the log shows. */
export interface LogListing {
  /** Commits by version, ascending. */
  readonly commits: readonly number[];
  /** Whole checkpoints, ascending; the files of one in order. */
  readonly checkpoints: readonly CheckpointFiles[];
  /** Whether there is anything else that belongs to a log: parts of a checkpoint, checkpoints of a newer kind. */
  readonly remains: boolean;
}

export interface CheckpointFiles {
  readonly version: number;
  readonly files: readonly LakeFile[];
}

const COMMIT = /^(\d{20})\.json$/;
const CHECKPOINT = /^(\d{20})\.checkpoint\.parquet$/;
/** A V2 checkpoint, in Parquet or JSON. */
const NAMED = /^(\d{20})\.checkpoint\.[0-9a-f-]{36}\.(?:parquet|json)$/;
const PART = /^(\d{20})\.checkpoint\.(\d{10})\.(\d{10})\.parquet$/;

/** One LIST, from a version on. Names of other kinds (crc, compacted commits, temporary files) are passed over. */
export async function listLog(table: TableLocation, from: number): Promise<LogListing> {
  const commits: number[] = [];
  const checkpoints: CheckpointFiles[] = [];
  let remains = false;
  const parts = new Map<string, LakeFile[]>();
  for (const file of await table.lake.list(logFolder(table), versionName(from))) {
    const name = file.path.slice(file.path.lastIndexOf('/') + 1);
    const commit = COMMIT.exec(name);
    const single = CHECKPOINT.exec(name);
    const named = NAMED.exec(name);
    const part = PART.exec(name);
    remains ||= name.includes('.checkpoint.');
    if (commit) commits.push(Number(commit[1]));
    else if (single) checkpoints.push({ version: Number(single[1]), files: [file] });
    else if (named) checkpoints.push({ version: Number(named[1]), files: [file] });
    else if (part) {
      const key = `${part[1]}.${part[3]}`;
      const found = parts.get(key) ?? [];
      parts.set(key, found);
      // By name, so in order; a checkpoint of several parts counts only when none is missing.
      if (found.push(file) === Number(part[3])) checkpoints.push({ version: Number(part[1]), files: found });
    }
  }
  return { commits, checkpoints: checkpoints.sort((a, b) => a.version - b.version), remains };
}
