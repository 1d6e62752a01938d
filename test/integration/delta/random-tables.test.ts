import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { encoded } from './random/model.ts';
import { type RandomTable, writeRandomTable } from './random/random-table.ts';
import { digestOf } from './random/row-digest.ts';

const TABLES = Number(process.env['DELTA_TABLES'] ?? 16);
const FIRST_SEED = Number(process.env['DELTA_SEED'] ?? 100);
const python = process.env['PYTHON'] ?? 'python3';
const jars = process.env['DELTA_KERNEL_LIB'] ?? join(import.meta.dirname, '../../../node_modules/.cache/delta-kernel');

/** What a reader that is not ours says of a table. */
interface Seen {
  readonly name: string;
  readonly version?: number;
  readonly files?: number;
  readonly rows?: number;
  readonly digest?: string;
  readonly problems?: readonly string[];
  readonly error?: string;
}

function works(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    console.log(`skipped: ${command} ${args.join(' ')} does not work here`);
    return false;
  }
}

const hasDeltaRs = works(python, '-c', 'import deltalake, pyarrow');
const hasKernel =
  existsSync(jars) ||
  works(
    'mvn',
    '-q',
    '-B',
    '-f',
    join(import.meta.dirname, 'kernel-pom.xml'),
    'dependency:copy-dependencies',
    `-DoutputDirectory=${jars}`,
  );

function run(command: string, args: readonly string[]): Seen[] {
  const output = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1e8 });
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Seen);
}

describe('tables of a random history', () => {
  let root = '';
  let tables: RandomTable[] = [];
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'delta-random-'));
    await mkdir(root, { recursive: true });
    for (let i = 0; i < TABLES; i++)
      tables.push(await writeRandomTable(root, `table-${FIRST_SEED + i}`, FIRST_SEED + i));
  }, 300_000);
  afterAll(() => rm(root, { recursive: true, force: true }));

  const script = join(import.meta.dirname, 'verify_tables.py');
  const names = (): string[] => tables.map(({ name }) => name);
  const deltaRs = (...options: readonly string[]): Seen[] => run(python, [script, ...options, root, ...names()]);
  const kernel = (...options: readonly string[]): Seen[] => {
    const program = join(import.meta.dirname, 'VerifyTables.java');
    return run('java', ['-cp', join(jars, '*'), program, ...options, root, ...names()]);
  };
  /** What another writer made of the tables is read as it sees it, written on, and read by all. */
  const goOn = async (written: readonly Seen[], id: number): Promise<void> => {
    const again: RandomTable[] = [];
    for (const [i, seen] of written.entries()) {
      const table = await DeltaTable.open(join(root, seen.name), { engine: { minBytes: 0 } });
      const rows = await table.readRows();
      const { name, digest, error } = seen;
      const ours = digestOf(table.schema, encoded(rows, table.schema));
      expect({ name, digest, error }).toEqual({ name, digest: ours, error: undefined });
      await table.merge([{ id: 0 }, { id }], ['id']);
      await table.optimize();
      const now = await table.readRows();
      const last = {
        version: table.version,
        rows: now.length,
        digest: digestOf(table.schema, encoded(now, table.schema)),
      };
      again.push({ ...(tables[i] ?? expect.fail()), ...last });
    }
    tables = again;
    for (const seen of [...(hasDeltaRs ? [deltaRs()] : []), ...(hasKernel ? [kernel()] : [])]) {
      expect(seen.map(({ name, rows, digest, error }) => ({ name, rows, digest, error }))).toEqual(
        again.map(({ name, rows, digest }) => ({ name, rows, digest, error: undefined })),
      );
    }
  };

  it.skipIf(!hasDeltaRs)('are the same to delta-rs, and legal to pyarrow', { timeout: 300_000 }, () => {
    const all = deltaRs();
    expect(all).toHaveLength(tables.length);
    for (const [i, { name, version, rows, digest, problems, error }] of all.entries()) {
      const wanted = tables[i];
      expect({ name, version, rows, digest, problems, error }).toEqual({
        name: wanted?.name,
        version: wanted?.version,
        rows: wanted?.rows,
        digest: wanted?.digest,
        problems: [],
        error: undefined,
      });
    }
  });

  it.skipIf(!hasKernel)('are the same to delta-kernel-java', { timeout: 300_000 }, () => {
    const wanted = tables.map(({ name, version, rows, digest }) => ({ name, version, rows, digest }));
    expect(
      kernel().map(({ name, version, rows, digest, error }) =>
        error ? { name, error } : { name, version, rows, digest },
      ),
    ).toEqual(wanted);
  });

  it.skipIf(!hasDeltaRs)('are written on by delta-rs, and then by us', { timeout: 300_000 }, async () => {
    const written = deltaRs('--write');
    expect(written).toHaveLength(tables.length);
    for (const [i, seen] of written.entries()) expect(seen).toMatchObject({ rows: (tables[i]?.rows ?? 0) + 1 });
    await goOn(written, 1_000_000);
  });

  it.skipIf(!hasKernel)('are written on by delta-kernel-java, and then by us', { timeout: 300_000 }, async () => {
    const written = kernel('--write');
    expect(written).toHaveLength(tables.length);
    // A table without a file has nothing to write again.
    for (const [i, seen] of written.entries()) if (seen.files) expect(seen.rows).toBeGreaterThan(tables[i]?.rows ?? 0);
    await goOn(written, 2_000_000);
  });
});
