import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What somebody did to dead letters. */
export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string;
  /** The account and the machine: `ops@host-7`. */
  readonly who: string;
  readonly app: string;
  readonly action: 'replay' | 'purge';
  readonly topics: readonly string[];
  /** The flags that said which. */
  readonly filter: Readonly<Record<string, unknown>>;
  /** How many, and what became of them; or how it failed. */
  readonly result: Readonly<Record<string, unknown>>;
}

/** Adds a line of JSON to the file; lines are only ever added. */
export async function writeAudit(file: string, entry: AuditEntry): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, `${JSON.stringify(entry)}\n`, { mode: 0o600, flag: 'a' });
}
