import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { StreamsError, messageOf } from '../core/errors.ts';
import { RegistryCore } from './registry-core.ts';
import type { RegistryState } from './registry-core.ts';

const FORMAT = 1;

/**
 * A registry that is kept in a file: records on a real broker outlive the process, and so must the ids in them. The file
 * is replaced as a whole with each change, before the change is answered; a crash leaves the old one or the new one. For
 * one process at a time.
 *
 * @throws STATE_CORRUPT when the file is there and not one of these
 */
export function openRegistryFile(path: string): RegistryCore {
  return new RegistryCore({ state: read(path), changed: (state) => write(path, state) });
}

function read(path: string): RegistryState | null {
  let written: string;
  try {
    written = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new StreamsError('STATE_CORRUPT', `the schema registry's file cannot be read: ${messageOf(error)}`);
  }
  const kept = parse(written);
  if (kept?.format !== FORMAT) {
    throw new StreamsError('STATE_CORRUPT', `${path} is not a schema registry's file; move it away to start anew`);
  }
  return kept;
}

function parse(written: string): (RegistryState & { readonly format: number }) | null {
  try {
    return JSON.parse(written) as (RegistryState & { readonly format: number }) | null;
  } catch {
    return null;
  }
}

function write(path: string, state: RegistryState): void {
  mkdirSync(dirname(path), { recursive: true });
  const next = `${path}.next`;
  const file = openSync(next, 'w');
  try {
    writeFileSync(file, `${JSON.stringify({ format: FORMAT, ...state })}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
}
