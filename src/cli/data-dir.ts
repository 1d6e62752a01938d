import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { StreamsError, messageOf } from '../core/errors.ts';

/** Says that a folder belongs to embedded runs, which begin from nothing. */
const MARKER = 'embedded-run.json';

/**
 * The folder of an embedded run, empty. The embedded broker forgets everything when the process ends, so tables and
 * state of an earlier run would not fit it; they are removed, but only from a folder that an earlier run made.
 *
 * @throws CONFIG_INVALID when the folder holds anything else
 */
export async function freshDataDir(path: string): Promise<string> {
  const folder = await existingDataDir(path);
  const names = await readdir(folder);
  if (names.length > 0 && !names.includes(MARKER)) {
    throw new StreamsError(
      'CONFIG_INVALID',
      `${folder} is not empty and is not of an earlier embedded run: choose another --data-dir, or empty it`,
    );
  }
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
  await writeFile(
    join(folder, MARKER),
    `${JSON.stringify({ note: 'emptied at the start of the next embedded run' })}\n`,
  );
  return folder;
}

/** Whether the last run in a folder was an embedded one. */
export async function hasEmbeddedRun(folder: string): Promise<boolean> {
  return (await readdir(folder)).includes(MARKER);
}

/** Makes the folder if needed. @throws CONFIG_INVALID when that is not possible */
export async function existingDataDir(path: string): Promise<string> {
  const folder = resolve(path);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new StreamsError('CONFIG_INVALID', `cannot use the data folder ${folder}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return folder;
}
