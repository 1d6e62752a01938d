import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Simulator } from './simulated-server.ts';

/**
 * Starts a simulator whose port and faults that were had are kept in the data folder, so that a run that was killed can be
 * taken up.
 *
 * @param name of the files: `<name>.port`, `<name>.faults`
 */
export async function resumeSimulator<S extends Simulator>(
  dataDir: string,
  name: string,
  start: (options: { readonly faultJournal: string; readonly port?: number }) => Promise<S>,
): Promise<S> {
  await mkdir(dataDir, { recursive: true });
  const portFile = join(dataDir, `${name}.port`);
  const options = { faultJournal: join(dataDir, `${name}.faults`) };
  const simulator = await start({ ...options, port: lastPort(portFile) }).catch(() => start(options));
  await writeFile(portFile, String(simulator.port));
  return simulator;
}

function lastPort(file: string): number {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) || 0 : 0;
}
