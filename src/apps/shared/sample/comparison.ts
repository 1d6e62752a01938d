import { StreamsError } from '../../../core/errors.ts';
import type { KafkaClient } from '../../../kafka/client.ts';
import { RecordCounter } from '../../../kafka/record-counter.ts';
import { DeltaTable } from '../../../sinks/delta/table.ts';
import type { TableSet } from '../table-set.ts';

/** What a complete run leaves: rows of each table, records of each dead-letter topic. */
export interface Manifest {
  readonly tables: Readonly<Record<string, number>>;
  readonly deadLetters: Readonly<Record<string, number>>;
}

export interface Comparison {
  readonly client: KafkaClient;
  readonly tables: TableSet;
  /** The folder that holds the tables. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Requests to the simulated services, by what they asked for. */
  readonly requests: ReadonlyMap<string, number>;
}

/** What is there beside what was expected, in lines for people. */
export async function compare({ client, tables, folder, manifest, requests }: Comparison): Promise<{
  readonly lines: readonly string[];
  readonly complete: boolean;
}> {
  const lines: string[] = ['', 'table                              rows   expected'];
  let complete = true;
  const line = (name: string, found: number, expected: number, note = ''): void => {
    const right = found === expected && note === '';
    complete &&= right;
    lines.push(`${name.padEnd(30)} ${pad(found)} ${pad(expected)}  ${right ? 'ok' : `DIFFERS ${note}`.trimEnd()}`);
  };
  for (const name of tables.names) {
    const { rows, keys } = await countTable(tables, folder, name);
    line(name, rows, manifest.tables[name] ?? 0, keys === rows ? '' : `(${rows - keys} rows twice)`);
  }
  lines.push('', 'dead letters                    records   expected');
  const counter = new RecordCounter(client, Object.keys(manifest.deadLetters));
  const counts = await counter.counts();
  await counter.close();
  for (const [topic, expected] of Object.entries(manifest.deadLetters)) line(topic, counts.get(topic) ?? 0, expected);
  const calls = Array.from(requests, ([what, count]) => `${what} ${count}`).sort();
  lines.push('', `requests to the simulated services: ${calls.join(', ')}`);
  lines.push(complete ? 'All as expected.' : 'NOT as expected: see the lines above.');
  return { lines, complete };
}

function pad(count: number): string {
  return String(count).padStart(8);
}

async function countTable(tables: TableSet, folder: string, name: string): Promise<{ rows: number; keys: number }> {
  try {
    const table = await DeltaTable.open(tables.path(folder, name));
    const rows = await table.readRows();
    const columns = tables.mergeKeys(name);
    return { rows: rows.length, keys: new Set(rows.map((row) => columns.map((key) => row[key]).join('\u0000'))).size };
  } catch (error) {
    // No row was ever written: a small sample may have no videos.
    if (error instanceof StreamsError && error.code === 'TABLE_INVALID') return { rows: 0, keys: 0 };
    throw error;
  }
}
