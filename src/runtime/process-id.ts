import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The id of the process that works in a state directory, kept there: after a crash the next one has the same
 * transactional id, and so ends the transaction that the crash left open at once, not after its time-out.
 * Call under the directory's lock.
 */
export async function processIdOf(dir: string): Promise<string> {
  const file = join(dir, 'process-id');
  const known = await readFile(file, 'utf8').catch(() => '');
  if (/^[0-9a-f-]{36}$/.test(known)) return known;
  const id = randomUUID();
  await mkdir(dir, { recursive: true });
  await writeFile(file, id);
  return id;
}
